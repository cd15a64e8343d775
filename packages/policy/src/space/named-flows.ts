/**
 * Which names of domains open the way to addresses outside of the cluster, exactly: to whatever addresses DNS may give for them. Which
 * those are no analysis knows.
 */
import type { Connectivity } from './connectivity.ts'
import type { Block } from './flows-between.ts'
import { NameCriteria } from './name-criteria.ts'
import { allowedByName, gathered, type NamedPackets, outsidePositions, spansAt } from './named-packets.ts'
import type { WorkloadPeer } from './workload-facts.ts'

export interface NamedRow extends NamedPackets {
  readonly from: Block
  /** Patterns that are alike, in order. What is allowed to a name is in the rows of all patterns that match it. */
  readonly domains: readonly string[]
}

/** A row for each block of workloads and names that may do the same; mostly there are none. */
export function namedFlows(map: Connectivity): NamedRow[] {
  const names = new NameCriteria(map.criteria)
  const byCriteria = Map.groupBy(names.patterns, (it) => names.metBy(it).join())
  const outside = outsidePositions(map)
  const found = map.kinds().flatMap((alike) => {
    const workloads = alike.map((it) => map.peers[it]).filter((it) => it?.kind === 'Workload')
    if (workloads.length === 0) return []
    return [...byCriteria.values()].flatMap((patterns) => {
      const [pattern] = patterns
      if (pattern === undefined) return []
      const domains = patterns.map(({ text }) => text)
      return packetsTo(map, alike[0] as number, outside, names.metBy(pattern)).map((it) => ({
        ...it,
        workloads,
        domains,
      }))
    })
  })
  return rowsOf(found)
}

function packetsTo(
  map: Connectivity,
  source: number,
  outside: readonly number[],
  met: readonly number[],
): NamedPackets[] {
  const { traffics } = map
  const answers = outside.map((position) => {
    const anyway = map.allowed(source, position)
    const packets = traffics.subtract(allowedByName(map, source, position, met), anyway)
    return { spans: spansAt(map, position), packets, anyway }
  })
  return gathered(answers, traffics)
}

interface FoundPackets extends NamedPackets {
  readonly workloads: readonly WorkloadPeer[]
  readonly domains: readonly string[]
}

/** Workloads that may send the same to the same names are one block; names to which the same may send the same are one list. */
function rowsOf(found: readonly FoundPackets[]): NamedRow[] {
  const bySource = Map.groupBy(found, (it) => [it.domains.join(), packetsKey(it)].join(' '))
  const joined = [...bySource.values()].map((alike) => ({
    ...(alike[0] as FoundPackets),
    workloads: alike.flatMap(({ workloads }) => workloads),
  }))
  const byNames = Map.groupBy(joined, (it) => [it.workloads.map(nameOf).join(), packetsKey(it)].join(' '))
  return [...byNames.values()].map((alike) => {
    const { outside, packets, workloads } = alike[0] as FoundPackets
    const domains = alike.flatMap((it) => it.domains).sort()
    return { from: { workloads, outside: [] }, domains, outside, packets }
  })
}

export function packetsKey({ outside, packets }: NamedPackets): string {
  const spans = outside?.map(({ first, last }) => `${first}-${last}`)
  return `${packets.id} ${spans ?? 'everywhere'}`
}

function nameOf({ endpoint, address }: WorkloadPeer): string {
  return `${endpoint.key}@${address?.value}`
}
