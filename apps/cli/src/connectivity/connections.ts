/** Who can talk to whom, as a report. */
import type { IpVersion } from '@margay/netset'
import {
  Connectivity,
  flowsBetween,
  formatRequests,
  formatTraffic,
  type HttpRequest,
  type LimitedRow,
  limitedFlows,
  type PolicyState,
  protocols,
  type RequestLimit,
  type TrafficPart,
  Traffics,
  trafficParts,
  versionsIn,
} from '@margay/policy'
import { type End, endHas, endOf } from './ends.ts'
import { mergeVersions, type VersionedRow } from './merge-versions.ts'

export interface ConnectionRow extends VersionedRow {
  /** Packets that open a connection, for a person. */
  readonly text: string
  readonly parts: readonly TrafficPart[]
  /** Those of them that carry some HTTP requests only; mostly there are none. */
  readonly limits: readonly Limit[]
}

export interface Limit {
  /** `GET, POST /api/…; any method /health`. */
  readonly text: string
  /** Over which connections: for a person, and for a script. */
  readonly over: string
  readonly parts: readonly TrafficPart[]
  /** `…` stands for all that no rule names. */
  readonly requests: readonly HttpRequest[]
}

export interface ConnectionOptions {
  /** Only connections over which this request can be made. */
  readonly request?: HttpRequest
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
    (row) => [row.text, ...limitTexts(row)].join('\n'),
  )
}

/** `TCP 80: GET /api/…`. */
export function limitTexts({ limits }: Pick<ConnectionRow, 'limits'>): string[] {
  return limits.map(({ over, text }) => `${over}: ${text}`)
}

function rowsIn(state: PolicyState, version: IpVersion, options: ConnectionOptions): ConnectionRow[] {
  const { rows, traffics } = flowsIn(state, version, options)
  const ends = new Map<object, End>()
  const endFor = (block: Parameters<typeof endOf>[0]) => {
    const end = ends.get(block) ?? endOf(block, version)
    ends.set(block, end)
    return end
  }
  return rows.map(({ from, to, packets, limits }) => ({
    ipVersions: [version],
    from: endFor(from),
    to: endFor(to),
    text: formatTraffic(packets, version, traffics),
    parts: trafficParts(packets, version),
    limits: limits.map((limit) => limitOf(limit, version, traffics)),
  }))
}

/** Of one request, all rows are about that one. */
function flowsIn(
  state: PolicyState,
  version: IpVersion,
  { staged = false, request }: ConnectionOptions,
): { readonly rows: readonly LimitedRow[]; readonly traffics: Traffics } {
  const traffics = new Traffics()
  const view = { staged, traffics }
  if (request === undefined) return { rows: limitedFlows(new Connectivity(state, version, view)), traffics }
  const packets = traffics.ofProtocol(protocols.tcp)
  const map = new Connectivity(state, version, { ...view, request, packets })
  return { rows: flowsBetween(map).map((row) => ({ ...row, limits: [] })), traffics }
}

function limitOf({ packets, requests, among }: RequestLimit, version: IpVersion, traffics: Traffics): Limit {
  return {
    text: formatRequests(requests, among),
    over: formatTraffic(packets, version, traffics),
    parts: trafficParts(packets, version),
    requests,
  }
}
