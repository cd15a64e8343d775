/** Every connection that is gained or lost, as a report. */

import type { IpVersion } from '@margay/netset'
import {
  differencesBetween,
  formatTraffic,
  type Seen,
  type TrafficPart,
  Traffics,
  trafficParts,
  versionsIn,
} from '@margay/policy'
import { type End, endOf } from '../connectivity/ends.ts'
import { mergeVersions, type VersionedRow } from '../connectivity/merge-versions.ts'

export interface ChangeRow extends VersionedRow {
  readonly change: 'gained' | 'lost'
  readonly text: string
  readonly parts: readonly TrafficPart[]
}

/** None exactly when both mean the same. What is gained comes first. */
export function changeRows(before: Seen, after: Seen, only: IpVersion | undefined): ChangeRow[] {
  const versions = only === undefined ? versionsIn([before.state, after.state]) : [only]
  const rows = versions.flatMap((version) => rowsIn(before, after, version))
  const merged = mergeVersions(rows, ({ change, text }) => `${change} ${text}`)
  return [
    ...merged.filter(({ change }) => change === 'gained'),
    ...merged.filter(({ change }) => change === 'lost'),
  ]
}

function rowsIn(before: Seen, after: Seen, version: IpVersion): ChangeRow[] {
  const traffics = new Traffics()
  return differencesBetween(before, after, version, traffics).flatMap((row) => {
    const ends: { from: End; to: End } = { from: endOf(row.from, version), to: endOf(row.to, version) }
    return (['gained', 'lost'] as const).flatMap((change): ChangeRow[] => {
      const packets = row[change]
      if (packets.isEmpty) return []
      const text = formatTraffic(packets, version, traffics)
      return [{ ipVersions: [version], ...ends, change, text, parts: trafficParts(packets, version) }]
    })
  })
}
