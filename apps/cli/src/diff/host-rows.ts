/** What host endpoints decide otherwise, as rows of a report. */
import type { IpVersion } from '@margay/netset'
import {
  formatTraffic,
  type Governors,
  type HostDifference,
  type TrafficPart,
  type Traffics,
  trafficParts,
} from '@margay/policy'
import { endOf } from '../connectivity/ends.ts'
import { mergeVersions, type VersionedRow } from '../connectivity/merge-versions.ts'

export interface HostRow extends VersionedRow, Pick<HostDifference, 'hosts' | 'stage' | 'direction'> {
  /** What becomes of the packets now. */
  readonly now: 'allowed' | 'denied' | 'undecided'
  readonly text: string
  readonly parts: readonly TrafficPart[]
}

const fates = [
  ['allowed', 'allowed'],
  ['denied', 'denied'],
  ['passed', 'undecided'],
] as const

export function hostRowsOf(
  { hosts, stage, direction, rows }: HostDifference,
  version: IpVersion,
  traffics: Traffics,
): HostRow[] {
  return rows.flatMap((row) => {
    const ends = {
      from: { ...endOf(row.from, version), ...(row.isFromAll && { isEverywhere: true }) },
      to: { ...endOf(row.to, version), ...(row.isToAll && { isEverywhere: true }) },
    }
    return fates.flatMap(([fate, now]): HostRow[] => {
      if (row[fate].isEmpty) return []
      const text = formatTraffic(row[fate], version, traffics)
      const parts = trafficParts(row[fate], version)
      return [{ hosts, stage, direction, now, ipVersions: [version], ...ends, text, parts }]
    })
  })
}

/** By host endpoint, and in the order in which packets come to the stages. */
export function mergeHostRows(rows: readonly HostRow[]): HostRow[] {
  const about = ({ hosts, stage, direction }: HostRow) => `${JSON.stringify(hosts)} ${stage} ${direction}`
  const merged = mergeVersions(rows, (row) => `${about(row)} ${row.now} ${row.text}`)
  const order = [...new Set(rows.map(about))]
  return merged.toSorted((one, other) => order.indexOf(about(one)) - order.indexOf(about(other)))
}

const ways = {
  'Untracked Ingress': 'untracked in',
  'PreDNAT Ingress': 'before DNAT',
  'Normal Ingress': 'to the node',
  'Forward Ingress': 'forwarded in',
  'Untracked Egress': 'untracked out',
  'Normal Egress': 'from the node',
  'Forward Egress': 'forwarded out',
  'PreDNAT Egress': 'before DNAT',
} as const

export function wayOf({ stage, direction }: Pick<HostRow, 'stage' | 'direction'>): string {
  return ways[`${stage} ${direction}`]
}

export function governorsText({ before, after }: Governors): string {
  if (before === after) return before ?? ''
  if (before === undefined) return `${after} (new)`
  return after === undefined ? `${before} (gone)` : `${before} (now ${after})`
}
