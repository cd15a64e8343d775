/**
 * A running lab as anyone may use it who did not make it: look at it, probe it, run commands in it.
 *
 * `openLab` gives one to another process, by the state file. The lab's own process has a `Lab`, which adds changes.
 */
import { LabClosedError, LabNotFoundError } from './errors.ts'
import type { LabMember, LabNode, LabPod } from './members.ts'
import { podKey } from './members.ts'
import { ipNetnsExec } from './namespaces/ip-command.ts'
import type { CommandOptions, CommandResult } from './namespaces/run-command.ts'
import { PacketTaps } from './probes/packet-taps.ts'
import { type ProbeAllOptions, probeAll } from './probes/probe-all.ts'
import { type AddressBook, ProbeContext } from './probes/probe-context.ts'
import type { ProbeRequest, ProbeResult } from './probes/probe-request.ts'
import { runProbe } from './probes/run-probe.ts'
import { readState, type ServedPort } from './state-file.ts'
import { AttemptStream, type AttemptStreamOptions } from './streams/attempt-stream.ts'
import {
  type MessageStream,
  type MessageStreamOptions,
  openMessageStream,
  type StreamRequest,
} from './streams/message-stream.ts'
import { ipKey } from './syscalls/sockaddr.ts'

export class LabView {
  readonly name: string
  readonly stateDirectory: string
  protected readonly context: ProbeContext
  protected readonly nodesByName = new Map<string, LabNode>()
  protected readonly podsByKey = new Map<string, LabPod>()
  protected readonly servedByKey = new Map<string, ServedPort>()
  readonly #taps: PacketTaps
  readonly #membersByIp = new Map<string, LabMember>()
  readonly #streams = new Set<{ close(): unknown }>()
  #isClosed = false

  /** Use `createLab` or `openLab`. */
  constructor(name: string, stateDirectory: string) {
    this.name = name
    this.stateDirectory = stateDirectory
    this.context = new ProbeContext(this.#addressBook())
    this.#taps = new PacketTaps(this.context)
  }

  /** By name, in the order in which they were added. */
  get nodes(): ReadonlyMap<string, LabNode> {
    return this.nodesByName
  }

  /** By `namespace/name`, in the order in which they were added. */
  get pods(): ReadonlyMap<string, LabPod> {
    return this.podsByKey
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Throws LabNotFoundError. */
  node(name: string): LabNode {
    const node = this.nodesByName.get(name)
    if (node === undefined) throw new LabNotFoundError(`node ${name} of lab "${this.name}"`)
    return node
  }

  /** Throws LabNotFoundError. */
  pod(namespace: string, name: string): LabPod {
    const pod = this.podsByKey.get(podKey({ namespace, name }))
    if (pod === undefined) throw new LabNotFoundError(`pod ${namespace}/${name} of lab "${this.name}"`)
    return pod
  }

  /** The pod or node that owns an address. */
  memberByIp(ip: string): LabMember | undefined {
    return this.#membersByIp.get(ipKey(ip))
  }

  /** Sends one packet or opens one connection, and says whether it arrived. Rejects only when the lab is closed. */
  async probe(request: ProbeRequest): Promise<ProbeResult> {
    this.assertOpen()
    return runProbe(this.context, this.#taps, request)
  }

  /** Thousands a second from one process; results in the order of the requests. */
  async probeAll(requests: readonly ProbeRequest[], options: ProbeAllOptions = {}): Promise<ProbeResult[]> {
    return probeAll(requests, options, (request) => this.probe(request))
  }

  /** A connection that stays open and carries numbered messages. Throws LabError when it can't be made in time. */
  async openStream(request: StreamRequest, options: MessageStreamOptions = {}): Promise<MessageStream> {
    this.assertOpen()
    const stream = await openMessageStream(this.context, request, options)
    this.#streams.add(stream)
    return stream
  }

  /** A constant stream of new connection attempts: the same request each time, or what makes the next one. */
  openAttempts(
    request: ProbeRequest | (() => ProbeRequest),
    options: AttemptStreamOptions = {},
  ): AttemptStream {
    this.assertOpen()
    const stream = new AttemptStream(request, options, (each) => runProbe(this.context, this.#taps, each))
    this.#streams.add(stream)
    return stream
  }

  /**
   * Runs a command in the network namespace of a node (or pod) and waits for its end, 30 s unless told otherwise.
   * Throws CommandFailedError when it fails, MissingCommandError when it isn't installed.
   */
  async runInNode(
    member: LabMember,
    command: string,
    args: readonly string[] = [],
    stdin = '',
    options: Omit<CommandOptions, 'stdin'> = {},
  ): Promise<CommandResult> {
    this.assertOpen()
    return ipNetnsExec(member.netns, command, args, { ...options, stdin })
  }

  /** Makes the node forget every connection that it tracks: the next packet of each is judged as a new one. */
  async flushConntrack(node: LabNode): Promise<void> {
    await this.runInNode(node, 'conntrack', ['-F'])
  }

  /** Reads the state file again, for pods that came and went. Throws LabNotFoundError when the lab is gone. */
  refresh(): void {
    this.assertOpen()
    const state = readState(this.stateDirectory, this.name)
    if (state === undefined) throw new LabNotFoundError(`lab "${this.name}"`)
    for (const member of [...this.podsByKey.values(), ...this.nodesByName.values()]) this.forgetMember(member)
    for (const member of [...state.nodes, ...state.pods]) this.keepMember(member)
    for (const served of state.served) this.keepServed(served)
  }

  /** Frees what this process holds: sockets, streams, open namespaces. Can be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([...this.#streams].map((stream) => stream.close()))
    this.#taps.close()
    this.context.close()
  }

  protected assertOpen(): void {
    if (this.#isClosed) throw new LabClosedError(this.name)
  }

  protected keepMember(member: LabMember): void {
    if (member.kind === 'node') this.nodesByName.set(member.name, member)
    else this.podsByKey.set(podKey(member), member)
    for (const ip of member.ips) this.#membersByIp.set(ipKey(ip), member)
  }

  protected forgetMember(member: LabMember): void {
    if (member.kind === 'node') this.nodesByName.delete(member.name)
    else this.podsByKey.delete(podKey(member))
    for (const ip of member.ips) this.#membersByIp.delete(ipKey(ip))
    for (const [key, served] of this.servedByKey) {
      if (member.ips.includes(served.ip)) this.servedByKey.delete(key)
    }
    this.#taps.release(member.netns)
    this.context.release(member.netns)
  }

  protected isServed(protocol: 'TCP' | 'UDP', ip: string, port: number): boolean {
    return this.servedByKey.has(servedKey(protocol, ip, port))
  }

  protected keepServed(served: ServedPort): void {
    this.servedByKey.set(servedKey(served.protocol, served.ip, served.port), served)
  }

  #addressBook(): AddressBook {
    return {
      netnsOf: (ip) => this.memberByIp(ip)?.netns,
      isServed: (protocol, ip, port) => this.isServed(protocol, ip, port),
    }
  }
}

function servedKey(protocol: 'TCP' | 'UDP', ip: string, port: number): string {
  return `${protocol} ${ipKey(ip)} ${port}`
}
