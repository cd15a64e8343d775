/** Packets between all members of a lab, also by its services, of which none is taken for an answer to another. */
import { type Packet, type PayloadByFamily, pathPayloads } from '@margay/testkit'
import fc from 'fast-check'
import { journeyOf, type Surroundings } from './journey.ts'
import { type Place, type Service, versionOf } from './places.ts'

/** Nodes are asked for more often than their share. Two listeners of UDP would answer each other for ever: none is a source. */
export function sends(
  surroundings: Surroundings,
  listeners: readonly number[],
  length: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<Packet[]> {
  const isNoListener = ({ sourcePort }: Packet) => sourcePort === undefined || !listeners.includes(sourcePort)
  return fc
    .array(drawnFrom(surroundings), length)
    .map((drawn) => drawn.flatMap(packetOf).filter(isNoListener))
    .map((packets) => independent(surroundings, packets))
}

interface Drawn {
  readonly source: Place
  readonly target: { readonly ips: readonly string[]; readonly service?: Service }
  readonly payloads: PayloadByFamily
  readonly chances: readonly [number, number]
}

function drawnFrom({ places, services }: Surroundings): fc.Arbitrary<Drawn> {
  const hosts = places.filter(({ kind }) => kind !== 'pod')
  const place = fc.constantFrom(...hosts, ...hosts, ...places)
  return fc.record({
    source: place,
    target: fc.oneof(
      { withCrossShrink: true },
      { weight: 2, arbitrary: place.map(({ addresses }) => ({ ips: addresses })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...services).map((service) => ({ ips: service.ips, service })),
      },
    ),
    payloads: pathPayloads,
    chances: fc.tuple(fc.nat(11), fc.nat(11)),
  })
}

/** None where the two have no family in common, and for what no node sees: a packet to its own sender. */
function packetOf({ source, target: { ips, service }, payloads, chances }: Drawn): Packet[] {
  const destinationIp = pick(ips, chances[0])
  const inFamily = source.addresses.filter((address) => versionOf(address) === versionOf(destinationIp))
  if (inFamily.length === 0) return []
  if (source.kind !== 'node' && source.addresses.includes(destinationIp)) return []
  const ends = { sourceIp: pick(inFamily, chances[1]), destinationIp }
  const payload = payloads[versionOf(destinationIp)]
  if (service === undefined) return [{ ...ends, ...payload }]
  const { protocol, port } = service
  return [{ ...ends, protocol, sourcePort: payload.sourcePort ?? 50_000, destinationPort: port }]
}

/** `list` is not empty. */
function pick(list: readonly string[], chance: number): string {
  return list[chance % list.length] ?? ''
}

/** Whether translated or not, each is between ends that no other is between, and needs a socket of its own. */
function independent(surroundings: Surroundings, candidates: readonly Packet[]): Packet[] {
  const taken = new Set<string>()
  return candidates.filter((packet) => {
    const { hops } = journeyOf(surroundings, undefined, packet)
    const connections = [packet, ...hops.map(({ left }) => left)].map(connectionOf)
    const keys = new Set([...connections, socketOf(packet)])
    const isFree = keys.isDisjointFrom(taken)
    for (const key of keys) taken.add(key)
    return isFree
  })
}

function connectionOf({ protocol, ...packet }: Packet): string {
  const ends = [
    `${packet.sourceIp} ${packet.sourcePort}`,
    `${packet.destinationIp} ${packet.destinationPort}`,
  ]
  return `${protocol} ${ends.sort().join(' ')}`
}

function socketOf({ protocol, sourceIp, sourcePort, destinationIp }: Packet): string {
  return `${protocol} from ${sourceIp} ${sourcePort ?? `to ${destinationIp}`}`
}
