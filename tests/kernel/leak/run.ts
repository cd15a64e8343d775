/** Policy changes all the time, while packets are sent and connections are made and kept: what did the judge see? */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptStream, Lab, LabMember, LabNode, MessageStream, ProbeResult } from '@margay/lab'
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, type Cast } from '@margay/testkit'
import { Churn } from './churn.ts'
import { Guest } from './guest.ts'
import { Judge, type Report } from './judge.ts'
import { echoPorts, serveEchoes, silence } from './silence.ts'
import { SourcePorts, sourcePorts } from './source-ports.ts'
import { attemptsAt, closedPort, type Stream, tcpStreams, udpStreams, versionOf } from './streams.ts'
import { Watch } from './watch.ts'

/** One world, as it was applied and as policy sees it. */
export interface Desired {
  readonly objects: readonly ResourceObject[]
  readonly state: PolicyState
}

/** Brings a world into the kernel of one node, as its agent does. */
export type Enforce = (node: LabNode, desired: Desired) => Promise<unknown>

export interface Run {
  readonly lab: Lab
  readonly cast: Cast
  readonly enforce: Enforce
  readonly seconds: number
  /** It goes on until there were so many, but not for ever: machines that run tests are busy. */
  readonly least?: { readonly versions: number; readonly returns: number }
  readonly seed: number
}

export interface Outcome extends Report {
  readonly versions: number
  /** How often a pod went and came again. */
  readonly returns: number
  /** What the kernel itself had no room for. */
  readonly droppedByQueues: number
  /** Of the connections that were open all the time, those that did not live on. */
  readonly broken: readonly string[]
}

const intervalMs = 4
/** More where a packet that is under way during a change may meet half of each version. */
const packetsPerBatch = (port: number) => (port === closedPort ? 32 : 8)
const guestName = ['green', 'g2'] as const
const attemptsPerSecond = 20
/** One sequence for all, also of runs that follow each other: no flow comes again while conntrack knows it. */
const attemptPorts = new SourcePorts()
/** Of the time that was asked for, where too little happened in it. */
export const mostTimes = 4
/** Between changes, so that some are in force for a while and others follow at once. */
const longestPauseMs = 30

export async function runUnderStreams(run: Run): Promise<Outcome> {
  const { lab, cast, enforce, seconds, least = { versions: 0, returns: 0 }, seed } = run
  const [udp, tcp] = [udpStreams(cast), tcpStreams(cast)]
  const streams = [...udp, ...tcp]
  const nodes = [...lab.nodes.values()]
  const judge = new Judge(
    streams,
    nodes.map(({ name }) => name),
  )
  const churn = new Churn(cast, seed)
  const bringIn = (objects: readonly ResourceObject[]) => {
    const world = admitAll(objects)
    const { state } = buildPolicyState(world)
    const version = versionOf(world, cast, streams)
    return Promise.all(
      nodes.map(async (node) => {
        judge.begin(node.name, version, now())
        await enforce(node, { objects, state })
        judge.end(node.name, now())
      }),
    )
  }
  await bringIn(churn.current)
  const droppedBefore = backlogDrops()
  const connections = await openConnections(lab, cast)
  const watch = await Watch.start(judge, senderOptions(lab, udp), namesOf(lab, udp))
  const attempting = tcp.map((stream, index) => attempt(lab, judge, stream, udp.length + index))
  const guest = new Guest(lab, ...guestName)
  let versions = 0
  try {
    const [since, isEnough] = [now(), () => versions >= least.versions && guest.returns >= least.returns]
    const isOver = (ns: number) => ns > seconds * 1e9 && (isEnough() || ns > mostTimes * seconds * 1e9)
    for (; !isOver(now() - since); versions++) {
      await bringIn(guest.seenIn(churn.next()))
      await guest.step()
      await sleep(Math.random() * longestPauseMs)
    }
    await Promise.all(attempting.map((stream) => stream.close()))
    await watch.stop()
  } finally {
    watch.kill()
    await guest.stay()
  }
  const droppedByQueues = watch.droppedFrames + backlogDrops() - droppedBefore
  return {
    ...judge.report,
    versions,
    returns: guest.returns,
    droppedByQueues,
    broken: await brokenOf(connections),
  }
}

function senderOptions(lab: Lab, streams: readonly Stream[]) {
  const sent = streams.map(({ sourceIp, destinationIp, port }) => {
    const { netns } = memberAt(lab, sourceIp)
    return { netns, sourceIp, destinationIp, port, packetsPerBatch: packetsPerBatch(port) }
  })
  return { intervalMs, streams: sent }
}

function namesOf(lab: Lab, streams: readonly Stream[]): string[] {
  return [...new Set(streams.map(({ destinationIp }) => memberAt(lab, destinationIp).netns))]
}

function attempt(lab: Lab, judge: Judge, stream: Stream, index: number): AttemptStream {
  const onResult = ({ outcome, detail, startedAt, milliseconds }: ProbeResult) =>
    judge.attempted({
      stream: index,
      hasArrived: outcome === 'reached',
      detail,
      fromNs: toNs(startedAt),
      toNs: toNs(startedAt + milliseconds),
    })
  const next = attemptsAt(stream, memberAt(lab, stream.sourceIp), attemptPorts)
  return lab.openAttempts(next, { ratePerSecond: attemptsPerSecond, onResult })
}

interface Connection {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP'
  readonly stream: MessageStream
}

const kept = [
  ['TCP', 'red/r1', 'blue/b1', 4],
  ['TCP', 'red/r1', 'red/r2', 6],
  ['TCP', 'red/r2', 'blue/b2', 4],
  ['UDP', 'blue/b1', 'red/r1', 6],
  ['UDP', 'blue/b2', 'blue/b1', 4],
] as const

function openConnections(lab: Lab, { seats }: Cast): Promise<Connection[]> {
  const address = (name: string, version: 4 | 6) => {
    const seat = seats.find((it) => `${it.namespace}/${it.name}` === name)
    return seat?.addresses.find((it) => it.includes(':') === (version === 6)) ?? ''
  }
  return Promise.all(
    kept.map(async ([protocol, from, to, version], index) => {
      const [sourceIp, destinationIp] = [address(from, version), address(to, version)]
      const name = `${protocol} over IPv${version} from ${from} to ${to}`
      const request = {
        from: memberAt(lab, sourceIp),
        sourceIp,
        to: destinationIp,
        protocol,
        port: echoPorts[protocol],
        // None that an attempt takes as well.
        sourcePort: sourcePorts.last + 1 + index,
      }
      return { name, protocol, stream: await lab.openStream({ ...request, timeoutMs: 5000 }) }
    }),
  )
}

async function brokenOf(connections: readonly Connection[]): Promise<string[]> {
  const found = await Promise.all(
    connections.map(async ({ name, protocol, stream }) => {
      const lives = await stream.waitForEchoes(3, patienceMs)
      const isWhole = protocol === 'TCP' || (await isAllEchoed(stream))
      const { state, detail, sent, received } = stream.close()
      return lives && isWhole ? [] : [`${name}: ${state} ${detail}, ${received} of ${sent} came back`]
    }),
  )
  return found.flat()
}

const patienceMs = 3000

/** UDP does not send again. Between two messages there is a moment in which none is under way. */
async function isAllEchoed(stream: MessageStream): Promise<boolean> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(1)) {
    const { sent, received } = stream.counters
    if (sent === received) return true
  }
  return false
}

/** A new flow needs no more than a second in conntrack. */
export async function prepare(lab: Lab): Promise<void> {
  const pods = [...lab.pods.values()]
  await Promise.all(pods.map((pod) => silence(lab, pod)))
  const short = ['-q', '-w', 'net.netfilter.nf_conntrack_udp_timeout=1']
  await Promise.all([...lab.nodes.values()].map((node) => lab.runInNode(node, 'sysctl', short)))
  await serveEchoes(lab, pods)
}

function memberAt(lab: Lab, address: string): LabMember {
  const member = lab.memberByIp(address)
  if (member === undefined) throw new Error(`nobody in the lab has the address ${address}`)
  return member
}

function now(): number {
  return Number(process.hrtime.bigint())
}

const performanceOriginNs = now() - performance.now() * 1e6

/** From `performance.now()` to the clock of `process.hrtime`. */
function toNs(milliseconds: number): number {
  return performanceOriginNs + milliseconds * 1e6
}

/** Packets that found a CPU's queue full, in all namespaces together. Source: /proc/net/softnet_stat, second column, hex. */
function backlogDrops(): number {
  const lines = readFileSync('/proc/net/softnet_stat', 'utf8').trimEnd().split('\n')
  return lines.reduce((sum, line) => sum + Number.parseInt(line.split(' ')[1] ?? '0', 16), 0)
}
