/** What a workload may send to addresses outside that are known by a name, beyond what it may send to them anyway. */
import type { Connectivity } from './connectivity.ts'
import type { OutsidePeer } from './peer-classes.ts'
import { joinSpans, type Span } from './span.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** Packets to some of the addresses outside; undefined: to all, but for those to which they may be sent anyway. */
export interface NamedPackets {
  readonly outside: readonly Span[] | undefined
  /** Not empty. */
  readonly packets: Traffic
}

/** At one class of addresses outside. */
export interface OutsideAnswer {
  readonly spans: readonly Span[]
  readonly packets: Traffic
  /** To what has no name. */
  readonly anyway: Traffic
}

/** Positions of the peers outside. */
export function outsidePositions(map: Connectivity): number[] {
  return [...map.peers.keys()].filter((position) => map.peers[position]?.kind === 'Outside')
}

export function spansAt(map: Connectivity, position: number): readonly Span[] {
  return (map.peers[position] as OutsidePeer).spans
}

/** All packets from a workload that names of these criteria let it send to addresses of one class. */
export function allowedByName(
  map: Connectivity,
  source: number,
  outside: number,
  met: readonly number[],
): Traffic {
  return map.allowedWith(source, 'Egress', map.factsOf(outside).with(met))
}

/** Said of all addresses at once where they differ in nothing but what is allowed anyway. */
export function gathered(answers: readonly OutsideAnswer[], traffics: Traffics): NamedPackets[] {
  const packets = answers.reduce((all, it) => traffics.unite(all, it.packets), traffics.none)
  if (packets.isEmpty) return []
  const isEverywhere = answers.every((it) => it.packets === traffics.subtract(packets, it.anyway))
  if (isEverywhere) return [{ outside: undefined, packets }]
  const byPackets = Map.groupBy(
    answers.filter((it) => !it.packets.isEmpty),
    (it) => it.packets,
  )
  return [...byPackets].map(([packets, alike]) => ({
    outside: joinSpans(alike.flatMap(({ spans }) => spans)),
    packets,
  }))
}
