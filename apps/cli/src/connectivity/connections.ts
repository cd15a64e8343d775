/** Who can talk to whom, as a report. */
import type { IpVersion } from '@margay/netset'
import {
  Connectivity,
  flowsBetween,
  formatTraffic,
  type PolicyState,
  type TrafficPart,
  trafficParts,
  versionsIn,
} from '@margay/policy'
import { type End, endHas, endOf } from './ends.ts'
import { mergeVersions, type VersionedRow } from './merge-versions.ts'

export interface ConnectionRow extends VersionedRow {
  /** Packets that open a connection, for a person. */
  readonly text: string
  readonly parts: readonly TrafficPart[]
}

export interface ConnectionOptions {
  readonly staged?: boolean
  /** Only connections of these: names, namespaces or prefixes. */
  readonly from?: string
  readonly to?: string
  readonly ipVersion?: IpVersion
}

export function connectionRows(state: PolicyState, options: ConnectionOptions): ConnectionRow[] {
  const versions = options.ipVersion === undefined ? versionsIn([state]) : [options.ipVersion]
  const rows = versions.flatMap((version) => rowsIn(state, version, options))
  const isMeant = (end: End, word: string | undefined) => word === undefined || endHas(end, word)
  return mergeVersions(
    rows.filter(({ from, to }) => isMeant(from, options.from) && isMeant(to, options.to)),
    ({ text }) => text,
  )
}

function rowsIn(
  state: PolicyState,
  version: IpVersion,
  { staged = false }: ConnectionOptions,
): ConnectionRow[] {
  const map = new Connectivity(state, version, { staged })
  const ends = new Map<object, End>()
  const endFor = (block: Parameters<typeof endOf>[0]) => {
    const end = ends.get(block) ?? endOf(block, version)
    ends.set(block, end)
    return end
  }
  return flowsBetween(map).map(({ from, to, packets }) => ({
    ipVersions: [version],
    from: endFor(from),
    to: endFor(to),
    text: formatTraffic(packets, version, map.traffics),
    parts: trafficParts(packets, version),
  }))
}
