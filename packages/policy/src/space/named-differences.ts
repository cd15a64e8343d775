/** Which names of domains open other ways to addresses outside of the cluster in one state than in another. */
import type { DomainPattern } from '@margay/resources'
import type { Connectivity } from './connectivity.ts'
import type { Block } from './flows-between.ts'
import type { JointPeer } from './joint-peers.ts'
import { NameCriteria } from './name-criteria.ts'
import { packetsKey } from './named-flows.ts'
import { allowedByName, gathered, type NamedPackets } from './named-packets.ts'
import type { OutsidePeer } from './peer-classes.ts'
import type { Traffic } from './traffic.ts'
import type { WorkloadPeer } from './workload-facts.ts'

export interface NamedDifference extends NamedPackets {
  readonly from: Block
  /** As `NamedRow` has them. */
  readonly domains: readonly string[]
  readonly change: 'gained' | 'lost'
}

type Maps = readonly [Connectivity, Connectivity]

/**
 * Without packets to addresses to which they may be sent anyway, in one state or the other: `JointMap` tells what is gained or lost
 * there. `first`: one of each kind of peers that are alike in both; `alike`: all that are like it.
 */
export function namedDifferences(
  maps: Maps,
  first: readonly JointPeer[],
  alike: (kind: number) => readonly WorkloadPeer[],
): NamedDifference[] {
  const [old, now] = maps.map(({ criteria }) => new NameCriteria(criteria)) as [NameCriteria, NameCriteria]
  const patterns = new Map([...old.patterns, ...now.patterns].map((it) => [it.text, it]))
  const classes = Map.groupBy(patterns.values(), (it) => `${old.metBy(it)} ${now.metBy(it)}`)
  const outside = first.filter(({ peer }) => peer.kind === 'Outside')
  const found = [...first.entries()]
    .filter(([, { peer }]) => peer.kind === 'Workload')
    .flatMap(([kind, source]) =>
      [...classes.values()].flatMap((names) => {
        const [pattern] = names as [DomainPattern]
        const met = [old.metBy(pattern), now.metBy(pattern)] as const
        const domains = names.map(({ text }) => text)
        return changesFor(maps, source, outside, met).map((it) => ({
          ...it,
          domains,
          workloads: alike(kind),
        }))
      }),
    )
  return rowsOf(found)
}

type Change = NamedPackets & Pick<NamedDifference, 'change'>

function changesFor(
  maps: Maps,
  source: JointPeer,
  outside: readonly JointPeer[],
  met: readonly [readonly number[], readonly number[]],
): Change[] {
  const { traffics } = maps[1]
  const answers = outside.map((it) => {
    const positions = [
      [source.before, it.before],
      [source.after, it.after],
    ] as const
    const [was, is] = positions.map(([from, to], i) => sentTo(maps[i as 0 | 1], from, to, met[i as 0 | 1]))
    const anyway = traffics.unite((was as Sent).anyway, (is as Sent).anyway)
    const change = (one: Sent, other: Sent) =>
      traffics.subtract(traffics.subtract(one.named, other.named), anyway)
    return {
      spans: (it.peer as OutsidePeer).spans,
      anyway,
      gained: change(is as Sent, was as Sent),
      lost: change(was as Sent, is as Sent),
    }
  })
  return (['gained', 'lost'] as const).flatMap((change) =>
    gathered(
      answers.map((it) => ({ ...it, packets: it[change] })),
      traffics,
    ).map((it) => ({ ...it, change })),
  )
}

interface Sent {
  readonly named: Traffic
  readonly anyway: Traffic
}

/** Who is not there sends nothing. */
function sentTo(
  map: Connectivity,
  source: number | undefined,
  outside: number | undefined,
  met: readonly number[],
): Sent {
  if (source === undefined || outside === undefined)
    return { named: map.traffics.none, anyway: map.traffics.none }
  return { named: allowedByName(map, source, outside, met), anyway: map.allowed(source, outside) }
}

interface FoundChange extends Change {
  readonly workloads: readonly WorkloadPeer[]
  readonly domains: readonly string[]
}

function rowsOf(found: readonly FoundChange[]): NamedDifference[] {
  const groups = Map.groupBy(found, (it) => [it.change, it.domains.join(), packetsKey(it)].join(' '))
  return [...groups.values()].map((alike) => {
    const { change, domains, outside, packets } = alike[0] as FoundChange
    const workloads = alike.flatMap((it) => it.workloads)
    return { from: { workloads, outside: [] }, domains, outside, packets, change }
  })
}
