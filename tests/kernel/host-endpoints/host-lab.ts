/** The cast's lab with second interfaces, services and ports of nodes: brings worlds into its kernels, and compares what arrives. */
import { NodeInterfaces } from '@margay/agent'
import type { Lab, LabMember, LabNode, ProbeRequest, ProbeResult } from '@margay/lab'
import { formatPath, type GoverningEndpoints, type PolicyState, resolveHostEndpoints } from '@margay/policy'
import { type Cast, hostInterfaces, type Packet } from '@margay/testkit'
import { formatPacket } from '../disagreement.ts'
import { openCastLab, type Patience, PolicyLab, served, untilBlocked } from '../policy-lab.ts'
import { kindsOfPacket } from '../tally.ts'
import { type Hop, type Journey, journeyOf, type Rules, type Surroundings } from './journey.ts'
import {
  placeAt,
  placesOf,
  type Service,
  secondAddresses,
  servicesOf,
  versionOf,
  withSecondAddresses,
} from './places.ts'

type Interfaces = Parameters<typeof resolveHostEndpoints>[2]

export class HostLab extends PolicyLab {
  readonly surroundings: Surroundings
  readonly #lab: Lab
  readonly #interfaces: ReadonlyMap<string, Interfaces>

  constructor(lab: Lab, cast: Cast) {
    super(lab, cast)
    this.#lab = lab
    this.surroundings = { places: placesOf(cast), services: servicesOf(cast) }
    this.#interfaces = new Map([...lab.nodes.values()].map((node) => [node.name, interfacesOf(node)]))
  }

  expectationOf(state: PolicyState, packet: Packet): HostExpectation {
    return new HostExpectation(this.surroundings, { state, governing: this.#governing(state) }, packet)
  }

  /** The first packet of which the kernel says otherwise, in words. */
  override async disagreement(state: PolicyState, packets: readonly Packet[], patience: Patience) {
    this.forgetConnections()
    const expected = packets.map((packet) => this.expectationOf(state, packet))
    for (const each of expected) this.met.count(each.kinds)
    const [lost, arriving, answered] = [
      expected.filter(({ arrives }) => !arrives),
      expected.filter(({ arrives, isAnswered }) => arrives && isAnswered !== true),
      expected.filter(({ isAnswered }) => isAnswered === true),
    ]
    const found = await Promise.all([
      this.#surprise(lost, untilBlocked),
      // Those that must not be answered wait for it as long as this takes.
      this.#surprise(arriving, { timeoutMs: untilBlocked.timeoutMs, retries: 3 * patience.retries }),
      this.#surprise(answered, patience),
    ])
    return found.find((it) => it !== undefined)
  }

  async #surprise(expected: readonly HostExpectation[], patience: Patience): Promise<string | undefined> {
    const requests = expected.map((it) => it.request((address) => this.#memberAt(address)))
    const results = await this.#lab.probeAll(requests, patience)
    const [first] = expected.flatMap((it, index) => {
      const result = results[index]
      return result === undefined || it.isMetBy(result) ? [] : [it.format(result)]
    })
    return first
  }

  #governing(state: PolicyState): ReadonlyMap<string, GoverningEndpoints> {
    return new Map(
      [...this.#interfaces].map(([node, interfaces]) => {
        const { interfacePrefixes } = state.settingsOf(node)
        return [node, resolveHostEndpoints(state.hostEndpoints.values(), node, interfaces, interfacePrefixes)]
      }),
    )
  }

  #memberAt(address: string): LabMember {
    const place = placeAt(this.surroundings.places, address)
    const [own = ''] = place?.addresses ?? []
    const member = this.#lab.memberByIp(own)
    if (member === undefined) throw new Error(`nobody in the lab has the address ${address}`)
    return member
  }
}

/** What becomes of one packet, and the probe that shows it. */
export class HostExpectation {
  readonly packet: Packet
  readonly journey: Journey
  /** If all were allowed. */
  readonly #meant: Journey

  constructor(surroundings: Surroundings, rules: Rules, packet: Packet) {
    this.packet = packet
    this.journey = journeyOf(surroundings, rules, packet)
    this.#meant = journeyOf(surroundings, undefined, packet)
  }

  /** Of the packet, its answer, and each part of its way. */
  get kinds(): string[] {
    const { packet, isAnswered, journey } = this
    const answer = isAnswered === undefined ? [] : [isAnswered ? 'answered' : 'not answered']
    return [...kindsOfPacket(packet), ...answer, ...journey.hops.flatMap(kindsOfHop)]
  }

  get arrives(): boolean {
    return this.journey.end !== undefined
  }

  /** Undefined where it can't be seen, or would be taken for something else. */
  get isAnswered(): boolean | undefined {
    const last = this.journey.hops.at(-1)?.left
    const isFromFreePort = this.packet.sourcePort === undefined || this.packet.sourcePort >= firstFreePort
    if (!this.arrives || last === undefined || !isFromFreePort || !hasAnswer(last)) return undefined
    const { isAnswered } = this.journey
    return this.packet.protocol === tcp && !(isAnswered === true && this.#isMeant(last))
      ? undefined
      : isAnswered
  }

  /** A packet to a service that is not translated may be reset by its node: the lab takes that for a rejection. */
  #isMeant({ destinationIp, destinationPort }: Packet): boolean {
    const meant = this.#meant.hops.at(-1)?.left
    return meant?.destinationIp === destinationIp && meant.destinationPort === destinationPort
  }

  /** A whole connection where TCP has to come back, otherwise one packet. Who would get it if all were allowed is watched. */
  request(memberAt: (address: string) => LabMember): ProbeRequest {
    const { sourceIp, destinationIp, protocol, sourcePort, destinationPort, icmp } = this.packet
    const [witness = ''] = (this.journey.end ?? this.#meant.end)?.addresses ?? []
    const isConnection = protocol === tcp && this.isAnswered !== undefined
    return {
      from: memberAt(sourceIp),
      sourceIp,
      to: destinationIp,
      protocol,
      ...(sourcePort === undefined ? {} : { sourcePort }),
      ...(destinationPort === undefined ? {} : { port: destinationPort }),
      ...(icmp === undefined ? {} : { icmpType: icmp.type, icmpCode: icmp.code }),
      ...(isConnection ? {} : { witness: memberAt(witness), awaitsAnswer: this.isAnswered !== undefined }),
    }
  }

  isMetBy({ outcome, isAnswered }: ProbeResult): boolean {
    if (outcome !== (this.arrives ? 'reached' : 'blocked')) return false
    return this.isAnswered === undefined || isAnswered === this.isAnswered
  }

  format(result: ProbeResult): string {
    const { hops } = this.journey
    const answer = this.isAnswered === undefined ? '' : this.isAnswered ? ', answered' : ', not answered'
    return [
      formatPacket(this.packet),
      `evaluator: ${this.arrives ? `arrives${answer}` : 'does not arrive'}`,
      ...hops.flatMap(({ node, from = 'a process', to = 'a process', decision, isTranslated }) => [
        `  node ${node}, from ${from} to ${to}${isTranslated ? ', translated' : ''}: ${decision.verdict}`,
        ...formatPath(decision).map((line) => `    ${line}`),
      ]),
      `kernel: ${result.outcome}${result.isAnswered ? ', answered' : ''}, ${result.detail}`,
    ].join('\n')
  }
}

const [icmp, tcp, udp, icmpv6] = [1, 6, 17, 58]
/** Below it are ports that rules, services and listeners have. */
const firstFreePort = 20_000

/** Who gets it answers by itself: a listener or the kernel. */
function hasAnswer({ protocol, icmp: message, destinationIp, destinationPort = 0 }: Packet): boolean {
  if (protocol === tcp) return true
  if (protocol === udp) return served.udp.includes(destinationPort) && !isSecondAddress(destinationIp)
  const echo = protocol === icmp ? 8 : protocol === icmpv6 ? 128 : undefined
  return message !== undefined && message.type === echo && message.code === 0
}

/** Nobody listens there. */
function isSecondAddress(address: string): boolean {
  return Object.values(secondAddresses).flat().includes(address)
}

function kindsOfHop({ from, to, isTranslated, decision }: Hop): string[] {
  const end = (name = 'process') => (name.startsWith('cali') ? 'pod' : name)
  return [
    `${end(from)} ${end(to)} ${isTranslated ? 'translated ' : ''}${decision.verdict}`,
    ...decision.stages.map(({ stage, direction, action }) => `${stage} ${direction} ${action}`),
    ...decision.stages.flatMap(({ trace }) => trace.map(({ kind }) => kind)),
  ]
}

export async function openHostLab(name: string, cast: Cast): Promise<HostLab> {
  const { lab, nodes } = await openCastLab(name, cast)
  try {
    const whole = withSecondAddresses({ ...cast, nodes })
    await Promise.all(nodes.map((node) => addSecondAddresses(lab, node.name)))
    await Promise.all(nodes.map((node) => keepNeighbours(lab, node.name)))
    for (const service of servicesOf(whole)) await addService(lab, service)
    return new HostLab(lab, whole)
  } catch (error) {
    await lab.close()
    throw error
  }
}

/** At the second interface; the other node knows the way. */
async function addSecondAddresses(lab: Lab, name: string): Promise<void> {
  const [, secondInterface] = hostInterfaces
  for (const address of secondAddresses[name] ?? []) {
    const prefix = versionOf(address) === 4 ? `${address}/32` : `${address}/128`
    await lab.runInNode(lab.node(name), 'ip', ['addr', 'add', prefix, 'dev', secondInterface])
    for (const other of lab.nodes.values()) {
      const gateway = lab.node(name).ips.find((ip) => versionOf(ip) === versionOf(address)) ?? ''
      if (other.name !== name) await lab.runInNode(other, 'ip', ['route', 'add', prefix, 'via', gateway])
    }
  }
}

/** Policy of host endpoints is about neighbour discovery too; whether a world lets nodes find each other is another question. */
async function keepNeighbours(lab: Lab, name: string): Promise<void> {
  const [uplink] = hostInterfaces
  const { stdout } = await lab.runInNode(lab.node(name), 'cat', [`/sys/class/net/${uplink}/address`])
  for (const other of lab.nodes.values()) {
    if (other.name === name) continue
    for (const ip of lab.node(name).ips) {
      const entry = [ip, 'lladdr', stdout.trim(), 'dev', uplink, 'nud', 'permanent']
      await lab.runInNode(other, 'ip', ['neigh', 'replace', ...entry])
    }
  }
}

async function addService(
  lab: Lab,
  { kind, node, ips, port, masquerades, ...service }: Service,
): Promise<void> {
  const protocol = serviceProtocols[service.protocol]
  if (protocol === undefined) throw new Error(`no services of protocol ${service.protocol}`)
  const common = { port, protocol, backends: [service.backend] }
  const at = lab.node(node)
  if (kind === 'NodePort') await lab.addNodePort(at, { ...common, masquerades })
  else for (const ip of ips) await lab.addService(at, { ...common, ip })
}

const serviceProtocols: Readonly<Record<number, 'TCP' | 'UDP' | 'SCTP'>> = {
  6: 'TCP',
  17: 'UDP',
  132: 'SCTP',
}

function interfacesOf({ netns }: LabNode): Interfaces {
  const known = new NodeInterfaces({ netns, onChange: () => {}, log: console.log })
  try {
    return known.view().interfaces
  } finally {
    known.close()
  }
}
