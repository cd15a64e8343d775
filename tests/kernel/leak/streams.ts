/** Who sends to whom all the time, and what policy says of it. */
import type { LabMember, ProbeRequest } from '@margay/lab'
import { buildPolicyState, evaluate, protocols } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { admitAll, type Cast, flowOf, type Packet } from '@margay/testkit'
import type { JudgedStream, Version } from './judge.ts'
import { type SourcePorts, sourcePorts } from './source-ports.ts'

export interface Stream extends JudgedStream {
  readonly sourceIp: string
  readonly destinationIp: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP'
}

/** Every version allows these, by a tier that comes first. */
export const openPort = 7000
/** Every version denies these, but not always at the same end. */
export const closedPort = 7001

/** How long one waits for an answer. */
const attemptMs = 1600

/** Pods that are there in every version: what they have open has to last. */
export const lasting = ['red/r1', 'red/r2', 'blue/b1', 'blue/b2']

const routes: readonly (readonly [from: string, to: string, version: 4 | 6, port: number])[] = [
  ['red/r1', 'blue/b1', 4, 80],
  ['blue/b1', 'red/r1', 6, 53],
  ['red/r1', 'red/r2', 4, 80],
  ['red/r2', 'blue/b2', 6, 443],
  ['blue/b2', 'blue/b1', 4, 8080],
  ['red/r3', 'green/g2', 4, 80],
  ['green/g2', 'blue/b1', 4, 80],
  ['blue/b1', 'green/g2', 4, openPort],
  ['green/g1', 'red/r3', 6, 53],
  ['near', 'red/r1', 4, 80],
  ['blue/b2', 'far', 4, 443],
  ['blue/b1', 'near', 6, 80],
  ['red/r1', 'blue/b1', 4, openPort],
  ['red/r1', 'red/r2', 6, openPort],
  ['blue/b1', 'red/r1', 4, closedPort],
  ['red/r3', 'blue/b1', 6, closedPort],
  ['red/r2', 'blue/b2', 4, closedPort],
  ['blue/b1', 'red/r2', 6, closedPort],
]

export function udpStreams(cast: Cast): Stream[] {
  return routes.map(([from, to, version, port]) =>
    streamOf(cast, { from, to, version, port, protocol: 'UDP' }),
  )
}

/** At ports where members listen. */
export function tcpStreams(cast: Cast): Stream[] {
  return routes
    .filter(([, , , port]) => [80, 443, openPort].includes(port))
    .map(([from, to, version, port]) => streamOf(cast, { from, to, version, port, protocol: 'TCP' }))
}

/** Each from the next source port. */
export function attemptsAt(
  { sourceIp, destinationIp, port, protocol }: Stream,
  from: LabMember,
  ports: SourcePorts,
): () => ProbeRequest {
  return () => ({
    from,
    sourceIp,
    to: destinationIp,
    protocol,
    port,
    sourcePort: ports.take(),
    timeoutMs: attemptMs,
  })
}

interface Route extends Pick<Stream, 'port' | 'protocol'> {
  readonly from: string
  readonly to: string
  readonly version: 4 | 6
}

function streamOf(cast: Cast, { from, to, version, port, protocol }: Route): Stream {
  const [source, destination] = [memberOf(cast, from), memberOf(cast, to)]
  return {
    name: `${protocol} over IPv${version} from ${from} to ${to} port ${port}`,
    sourceNode: source.node,
    destinationNode: destination.node,
    sourceIp: addressOf(source, version),
    destinationIp: addressOf(destination, version),
    port,
    protocol,
  }
}

interface Member {
  readonly node: string
  readonly addresses: readonly string[]
}

function memberOf({ seats, strangers }: Cast, name: string): Member {
  const member =
    seats.find((seat) => `${seat.namespace}/${seat.name}` === name) ??
    strangers.find((stranger) => stranger.name === name)
  if (member === undefined) throw new Error(`${name} is not in the cast`)
  return member
}

function addressOf({ addresses }: Member, version: 4 | 6): string {
  const address = addresses.find((it) => it.includes(':') === (version === 6))
  if (address === undefined) throw new Error(`no address of IPv${version}`)
  return address
}

/** What a world says about each stream: each end by itself, as the kernel of that end's node is to decide. */
export function versionOf(world: readonly Resource[], cast: Cast, streams: readonly Stream[]): Version {
  const { state } = buildPolicyState(world)
  // Where egress denies, the evaluator does not ask the other end any more.
  const { state: openAtSource } = buildPolicyState([...world, ...egressOpen])
  return streams.map((stream) => {
    const { source, destination } = flowOf(state, packetOf(stream))
    const egress = evaluate(state, flowOf(state, packetOf(stream))).egress
    const { ingress } = evaluate(openAtSource, flowOf(openAtSource, packetOf(stream)))
    return {
      egress: isKnown(cast, stream.sourceIp, source.endpoint) && egress?.verdict !== 'Deny',
      ingress: isKnown(cast, stream.destinationIp, destination.endpoint) && ingress?.verdict !== 'Deny',
    }
  })
}

const egressOpen = admitAll([
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata: { name: 'open-at-source' },
    spec: { order: 0 },
  },
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'open-at-source.all' },
    spec: { tier: 'open-at-source', selector: 'all()', types: ['Egress'], egress: [{ action: 'Allow' }] },
  },
])

/** A pod's interface that policy does not know is closed; a stranger's is nobody's business. */
function isKnown(cast: Cast, address: string, endpoint: unknown): boolean {
  return endpoint !== undefined || !cast.seats.some(({ addresses }) => addresses.includes(address))
}

function packetOf({ sourceIp, destinationIp, port, protocol }: Stream): Packet {
  return {
    sourceIp,
    destinationIp,
    protocol: protocol === 'TCP' ? protocols.tcp : protocols.udp,
    sourcePort: sourcePorts.first,
    destinationPort: port,
  }
}
