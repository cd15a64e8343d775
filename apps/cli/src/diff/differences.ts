/** Every connection that is gained or lost, as a report. */

import type { IpVersion } from '@margay/netset'
import {
  type DifferenceRow,
  differencesBetween,
  formatTraffic,
  type NamedDifference,
  type NodeDifferences,
  type RequestDifference,
  type Seen,
  type TrafficPart,
  Traffics,
  trafficParts,
  versionsIn,
} from '@margay/policy'
import { endOf, namedEndOf } from '../connectivity/ends.ts'
import { mergeVersions, type VersionedRow } from '../connectivity/merge-versions.ts'
import { type PlainRequests, plainRequests } from '../output/plain-requests.ts'
import { type HostRow, hostRowsOf, mergeHostRows } from './host-rows.ts'

export interface ChangeRow extends VersionedRow {
  readonly change: 'gained' | 'lost'
  readonly text: string
  readonly parts: readonly TrafficPart[]
  /** Of HTTP; `…` stands for all that no rule names. Undefined: whole connections. */
  readonly requests?: readonly PlainRequests[]
}

/** Methods, and paths, that a line has. */
const mostRequests = 4

export interface Changes {
  /** What is gained comes first. */
  readonly rows: readonly ChangeRow[]
  readonly hosts: readonly HostRow[]
  readonly nodes: NodeDifferences
}

/** Does one mean what the other does? */
export function isSame({ rows, hosts, nodes: { settings, unclear, named } }: Changes): boolean {
  return rows.length + hosts.length + settings.length + unclear.length + named.length === 0
}

export function changesBetween(before: Seen, after: Seen, only: IpVersion | undefined): Changes {
  const versions = only === undefined ? versionsIn([before.state, after.state]) : [only]
  const found = versions.map((version) => changesIn(before, after, version))
  const nodes = found[0]?.nodes ?? { settings: [], unclear: [], named: [] }
  return {
    rows: inOrder(found.flatMap(({ rows }) => rows)),
    hosts: mergeHostRows(found.flatMap(({ hosts }) => hosts)),
    nodes,
  }
}

function inOrder(rows: readonly ChangeRow[]): ChangeRow[] {
  const merged = mergeVersions(rows, ({ change, text }) => `${change} ${text}`)
  return [
    ...merged.filter(({ change }) => change === 'gained'),
    ...merged.filter(({ change }) => change === 'lost'),
  ]
}

function changesIn(before: Seen, after: Seen, version: IpVersion): Changes {
  const traffics = new Traffics()
  const { connections, names, requests, hosts, nodes } = differencesBetween(before, after, version, traffics)
  const rowsOf = (rows: readonly DifferenceRow[], of?: RequestDifference) =>
    rows.flatMap((row) => rowsIn(row, version, traffics, of))
  return {
    rows: [
      ...rowsOf(connections),
      ...names.map((it) => namedRow(it, version, traffics)),
      ...requests.flatMap((it) => rowsOf(it.rows, it)),
    ],
    hosts: hosts.flatMap((it) => hostRowsOf(it, version, traffics)),
    nodes,
  }
}

function rowsIn(
  row: DifferenceRow,
  version: IpVersion,
  traffics: Traffics,
  of: RequestDifference | undefined,
): ChangeRow[] {
  const ends = { from: endOf(row.from, version), to: endOf(row.to, version) }
  return (['gained', 'lost'] as const).flatMap((change): ChangeRow[] => {
    const packets = row[change]
    if (packets.isEmpty) return []
    const connections = formatTraffic(packets, version, traffics)
    const text = of === undefined ? connections : `${of.text(mostRequests)} over ${connections}`
    const parts = trafficParts(packets, version)
    return [
      {
        ipVersions: [version],
        ...ends,
        change,
        text,
        parts,
        ...(of && { requests: of.requests.map(plainRequests) }),
      },
    ]
  })
}

function namedRow(row: NamedDifference, version: IpVersion, traffics: Traffics): ChangeRow {
  return {
    ipVersions: [version],
    from: endOf(row.from, version),
    to: namedEndOf(row, version),
    change: row.change,
    text: formatTraffic(row.packets, version, traffics),
    parts: trafficParts(row.packets, version),
  }
}
