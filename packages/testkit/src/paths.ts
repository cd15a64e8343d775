/** Packets on their way through one node of a cast: to it, from it, through it, translated or not. */
import { type IpVersion, parseIp } from '@margay/netset'
import { interfaceNameOf } from '@margay/resources'
import fc from 'fast-check'
import type { Cast, CastNode, Seat } from './cast.ts'
import { hostInterfaces } from './host-endpoints.ts'
import { wireguardPort } from './node-settings.ts'
import { compact, maybe } from './optional.ts'
import { type Packet, type PayloadByFamily, payloads } from './packets.ts'
import { portNumber } from './ports.ts'

export interface PathProbe {
  readonly node: string
  /** Of the node itself, with its addresses. */
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[] }[]
  /** Where it comes in; undefined: a process of the node sends it. */
  readonly from: string | undefined
  readonly original: PathLeg
  /** What destination NAT makes of it. */
  readonly translated: PathLeg | undefined
}

export interface PathLeg {
  readonly packet: Packet
  /** Where it goes out; undefined: to a process of the node. */
  readonly to: string | undefined
}

/** A source that is not the pod's is rare; a destination is always where its interface leads. */
export function paths(cast: Cast): fc.Arbitrary<PathProbe> {
  return fc.constantFrom(...cast.nodes).chain((node) => pathsThrough(cast, node))
}

function pathsThrough(cast: Cast, node: CastNode): fc.Arbitrary<PathProbe> {
  const places = placesAround(cast, node)
  return fc.constantFrom<IpVersion>(4, 6, 4).chain((version) => {
    const inThisFamily = places.filter(({ addresses }) => ofFamily(addresses, version).length > 0)
    const place = fc.constantFrom(...inThisFamily)
    return fc
      .record({
        from: place,
        source: fc.tuple(place, fc.nat(9)),
        to: pick(place, version),
        translated: maybe(35, fc.tuple(pick(place, version), portNumber)),
        payload: pathPayloads,
      })
      .map(({ from, source: [other, chance], to, translated, payload }) => {
        const sender = chance === 0 ? other : from
        const [sourceIp = ''] = ofFamily(sender.addresses, version)
        const packet: Packet = compact({ sourceIp, destinationIp: to.address, ...payload[version] })
        return {
          node: node.name,
          interfaces: interfacesOf(node),
          from: from.link,
          original: { packet, to: to.link },
          translated: translated && translate(packet, ...translated),
        }
      })
  })
}

interface Place {
  /** Undefined: the node itself. */
  readonly link: string | undefined
  readonly addresses: readonly string[]
}

/** The node, the pods on it, and behind its interfaces everybody else; pods that are of another node are behind them too. */
function placesAround(cast: Cast, node: CastNode): Place[] {
  const isHere = (seat: Seat) => seat.node === node.name
  const away = [...cast.strangers, ...cast.nodes.filter((it) => it !== node)]
  const remote = cast.seats.filter((seat) => !isHere(seat))
  const elsewhere = [...away, ...remote].map(({ addresses }, index) => ({
    link: hostInterfaces[index % hostInterfaces.length],
    addresses,
  }))
  const pods = cast.seats.filter(isHere).map(({ namespace, name, addresses }) => ({
    link: interfaceNameOf(namespace, name),
    addresses,
  }))
  const self = { link: undefined, addresses: node.addresses }
  return [self, self, self, self, ...pods, ...elsewhere, { link: 'cali0', addresses: ['10.65.200.1'] }]
}

function interfacesOf({ addresses }: CastNode): PathProbe['interfaces'] {
  return [
    { name: 'eth0', addresses },
    { name: 'eth1', addresses: ['203.0.113.1'] },
    { name: 'lo', addresses: ['127.0.0.1', '::1'] },
  ]
}

function pick(
  place: fc.Arbitrary<Place>,
  version: IpVersion,
): fc.Arbitrary<{ link: string | undefined; address: string }> {
  return fc.tuple(place, fc.nat(3)).map(([{ link, addresses }, index]) => {
    const own = ofFamily(addresses, version)
    return { link, address: own[index % own.length] ?? '' }
  })
}

function ofFamily(addresses: readonly string[], version: IpVersion): string[] {
  return addresses.filter((address) => parseIp(address)?.version === version)
}

function translate(
  packet: Packet,
  to: { link: string | undefined; address: string },
  destinationPort: number,
): PathLeg {
  const port = packet.destinationPort === undefined ? {} : { destinationPort }
  return { packet: { ...packet, destinationIp: to.address, ...port }, to: to.link }
}

/** What a node treats in its own way: tunnels, failsafe ports and neighbour discovery. */
const specials: fc.Arbitrary<PayloadByFamily> = fc.oneof(
  fc
    .constantFrom(
      { protocol: 17, sourcePort: 50_000, destinationPort: 4789 },
      { protocol: 17, sourcePort: 50_001, destinationPort: wireguardPort },
      { protocol: 4 },
    )
    .map((payload) => ({ 4: payload, 6: payload })),
  fc
    .constantFrom({ sourcePort: 22, destinationPort: 50_000 }, { sourcePort: 50_000, destinationPort: 22 })
    .map((ports) => ({ 4: { protocol: 6, ...ports }, 6: { protocol: 6, ...ports } })),
  fc.constantFrom(133, 134, 135, 136).map((type) => ({
    4: { protocol: 1, icmp: { type: 8, code: 0 } },
    6: { protocol: 58, icmp: { type, code: 0 } },
  })),
)

/** What packets through nodes carry. */
export const pathPayloads: fc.Arbitrary<PayloadByFamily> = fc.oneof(
  { weight: 12, arbitrary: payloads },
  { weight: 4, arbitrary: specials },
)
