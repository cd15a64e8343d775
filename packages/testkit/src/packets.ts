/** Packets that open a connection, between the members of a cast. */
import { type IpVersion, parseIp } from '@margay/netset'
import { type Flow, hasPorts, type PolicyState, protocols } from '@margay/policy'
import fc from 'fast-check'
import type { Cast, Seat } from './cast.ts'
import { compact } from './optional.ts'
import { portNumber } from './ports.ts'

export interface Packet {
  /** IPv4 or IPv6 as text; both of one family. */
  readonly sourceIp: string
  readonly destinationIp: string
  /** IANA protocol number, 0-255. */
  readonly protocol: number
  /** 1-65535; for TCP, UDP, UDPLite and SCTP. */
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** For ICMP and ICMPv6; each 0-255. */
  readonly icmp?: { readonly type: number; readonly code: number }
}

/** One end at least is a seat. */
export function packets(cast: Cast): fc.Arbitrary<Packet> {
  const routes = routesOf(cast)
  const route = fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: fc.constantFrom(...routes.betweenPods) },
    { weight: 2, arbitrary: fc.constantFrom(...routes.outwards) },
    { weight: 2, arbitrary: fc.constantFrom(...routes.inwards) },
  )
  return fc
    .record({ route, payload: payloads })
    .map(({ route: { version, ...addresses }, payload }) => compact({ ...addresses, ...payload[version] }))
}

/** Packets of which none can pass as part of another's connection: each is judged by itself. */
export function packetLists(
  cast: Cast,
  length: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<Packet[]> {
  return fc.array(packets(cast), length).map(independent)
}

/** As policy judges it. UDPLite has ports, but none that a rule can match. */
export function flowOf(state: PolicyState, packet: Packet): Flow {
  const { protocol, sourcePort, destinationPort, icmp } = packet
  const [source, destination] = [ipOf(packet.sourceIp), ipOf(packet.destinationIp)]
  return {
    source: state.peerAt(source),
    destination: state.peerAt(destination),
    ipVersion: source.version,
    protocol,
    sourcePort: hasPorts(protocol) ? sourcePort : undefined,
    destinationPort: hasPorts(protocol) ? destinationPort : undefined,
    icmp,
  }
}

interface Route {
  readonly version: IpVersion
  readonly sourceIp: string
  readonly destinationIp: string
}

function routesOf(cast: Cast) {
  const outside = [...cast.strangers, ...cast.nodes.map((node) => ({ ...node, node: node.name }))]
  const beside = (seat: Seat) =>
    outside.filter((it) => !(cast.nodes.some(({ name }) => name === it.name) && it.node === seat.node))
  return {
    betweenPods: cast.seats.flatMap((from) => cast.seats.flatMap((to) => between(from, to))),
    outwards: cast.seats.flatMap((from) => beside(from).flatMap((to) => between(from, to))),
    inwards: cast.seats.flatMap((to) => beside(to).flatMap((from) => between(from, to))),
  }
}

type Member = { readonly addresses: readonly string[] }

function between(from: Member, to: Member): Route[] {
  return from.addresses.flatMap((sourceIp) =>
    to.addresses.flatMap((destinationIp) => {
      const { version } = ipOf(sourceIp)
      return version === ipOf(destinationIp).version ? [{ version, sourceIp, destinationIp }] : []
    }),
  )
}

/** A packet without its addresses. */
export type Payload = Omit<Packet, 'sourceIp' | 'destinationIp'>
export type PayloadByFamily = Readonly<Record<IpVersion, Payload>>

const sourcePort = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: portNumber },
  { weight: 2, arbitrary: fc.integer({ min: 20_000, max: 65_535 }) },
)

/** Only what opens a connection for conntrack. Of ICMP these are requests: replies and errors to nothing are invalid to it. */
const icmp = fc
  .record({ four: fc.constantFrom(8, 13), six: fc.constantFrom(128, 139), code: fc.constantFrom(0, 3) })
  .map(({ four, six, code }) => ({
    4: { protocol: protocols.icmp, icmp: { type: four, code } },
    6: { protocol: protocols.icmpv6, icmp: { type: six, code } },
  }))

/** 47 (GRE) appears in rules, 253 (RFC 3692) in none. */
export const payloads: fc.Arbitrary<PayloadByFamily> = fc.oneof(
  { withCrossShrink: true },
  { weight: 6, arbitrary: withPorts(protocols.tcp) },
  { weight: 4, arbitrary: withPorts(protocols.udp) },
  { weight: 2, arbitrary: withPorts(protocols.sctp) },
  { weight: 1, arbitrary: withPorts(protocols.udpLite) },
  { weight: 4, arbitrary: icmp },
  { weight: 1, arbitrary: fc.constantFrom(47, 253).map((protocol) => bothFamilies({ protocol })) },
)

function withPorts(protocol: number): fc.Arbitrary<PayloadByFamily> {
  return fc
    .record({ sourcePort, destinationPort: portNumber })
    .map((ports) => bothFamilies({ protocol, ...ports }))
}

function bothFamilies(payload: Payload): PayloadByFamily {
  return { 4: payload, 6: payload }
}

/** Leaves out packets that conntrack would take for the reply of another, or that need a socket that is in use. */
function independent(candidates: readonly Packet[]): Packet[] {
  const taken = new Set<string>()
  return candidates.filter((packet) => {
    const { protocol, sourceIp, destinationIp } = packet
    const ends = [`${sourceIp} ${packet.sourcePort}`, `${destinationIp} ${packet.destinationPort}`]
    const connection = `${protocol} ${ends.sort().join(' ')}`
    const socket = `${protocol} ${sourceIp} ${packet.sourcePort ?? `to ${destinationIp}`}`
    const isFree = !taken.has(connection) && !taken.has(socket)
    taken.add(connection).add(socket)
    return isFree
  })
}

function ipOf(text: string) {
  const ip = parseIp(text)
  if (ip === undefined) throw new Error(`${text} is no address of a cast`)
  return ip
}
