/** Who can talk to whom, as a report. */
import type { IpVersion } from '@margay/netset'
import {
  Connectivity,
  flowsBetween,
  formatRequests,
  formatTraffic,
  type HostBlock,
  HostRoutes,
  type HostRow,
  type HttpRequest,
  hostFlows,
  hostName,
  type LimitedRow,
  limitedFlows,
  type NamedRow,
  namedFlows,
  type PolicyState,
  protocols,
  type RequestLimit,
  type Traffic,
  type TrafficPart,
  Traffics,
  trafficParts,
  versionsIn,
} from '@margay/policy'
import { type PlainRequests, plainRequests } from '../output/plain-requests.ts'
import { type End, endHas, endOf, hostEndOf, namedEndOf } from './ends.ts'
import { mergeVersions, type VersionedRow } from './merge-versions.ts'

export interface ConnectionRow extends VersionedRow {
  /** Packets that open a connection, for a person. */
  readonly text: string
  readonly parts: readonly TrafficPart[]
  /** Those of them that carry some HTTP requests only; mostly there are none. */
  readonly limits: readonly Limit[]
  /** Of those ends only that are on one node, or that are not; undefined: of all. */
  readonly nodes?: HostRow['nodes']
  /** Is the row about these two of its ends, by their names? Undefined: about each two that differ. */
  readonly isAbout?: (source: string, destination: string) => boolean
}

export interface Limit {
  /** `GET, POST /api/…; any method /health`. */
  readonly text: string
  /** Over which connections: for a person, and for a script. */
  readonly over: string
  readonly parts: readonly TrafficPart[]
  /** `…` stands for all that no rule names. */
  readonly requests: readonly PlainRequests[]
}

export interface ConnectionOptions {
  /** Only connections over which this request can be made. */
  readonly request?: HttpRequest
  readonly staged?: boolean
  /** Host endpoints are ends as well. */
  readonly hosts?: boolean
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
    (row) => [row.text, row.nodes, ...limitTexts(row)].join('\n'),
  )
}

/** `TCP 80: GET /api/…`. */
export function limitTexts({ limits }: Pick<ConnectionRow, 'limits'>): string[] {
  return limits.map(({ over, text }) => `${over}: ${text}`)
}

/** `same node`. */
export function nodesText({ nodes }: Pick<ConnectionRow, 'nodes'>): string {
  return nodes === undefined ? '' : nodes === 'Same' ? 'same node' : 'other nodes'
}

function rowsIn(state: PolicyState, version: IpVersion, options: ConnectionOptions): ConnectionRow[] {
  const { rows, named, traffics } = flowsIn(state, version, options)
  const areTogether = placesIn(state)
  const ends = new Map<object, End>()
  const endFor = (block: Parameters<typeof endOf>[0]) => {
    const end = ends.get(block) ?? (options.hosts ? hostEndOf(block, version) : endOf(block, version))
    ends.set(block, end)
    return end
  }
  const packetsOf = ({ packets }: { readonly packets: Traffic }) => ({
    text: formatTraffic(packets, version, traffics),
    parts: trafficParts(packets, version),
  })
  const namedRows = named.map((row) => ({
    ipVersions: [version],
    from: endFor(row.from),
    to: namedEndOf(row, version),
    ...packetsOf(row),
    limits: [],
  }))
  const others = rows.map((row) => ({
    ipVersions: [version],
    from: endFor(row.from),
    to: endFor(row.to),
    ...packetsOf(row),
    limits: row.limits.map((limit) => limitOf(limit, version, traffics)),
    ...('nodes' in row && {
      nodes: row.nodes,
      isAbout: (source: string, destination: string) =>
        row.nodes === undefined
          ? !(areHosts(row) && areTogether(source, destination))
          : areTogether(source, destination) === (row.nodes === 'Same'),
    }),
  }))
  return [...others, ...namedRows]
}

/** Are two, by their names, on one node? */
function placesIn({ endpoints, hostEndpoints }: PolicyState): (one: string, other: string) => boolean {
  const nodes = new Map([
    ...[...endpoints.values()].map(({ key, node }) => [key, node] as const),
    ...[...hostEndpoints.values()].map(({ key, node }) => [hostName(key), node] as const),
  ])
  return (one, other) => nodes.get(one) !== undefined && nodes.get(one) === nodes.get(other)
}

function areHosts({ from, to }: Record<'from' | 'to', HostBlock>): boolean {
  return from.hosts.length > 0 && to.hosts.length > 0
}

interface Flows {
  readonly rows: readonly (LimitedRow | HostRow)[]
  readonly named: readonly NamedRow[]
  readonly traffics: Traffics
}

/** Of one request, all rows are about that one. */
function flowsIn(
  state: PolicyState,
  version: IpVersion,
  { staged = false, request, hosts = false }: ConnectionOptions,
): Flows {
  const traffics = new Traffics()
  const packets = request === undefined ? traffics.all : traffics.ofProtocol(protocols.tcp)
  const view = { staged, traffics, packets, ...(request && { request }) }
  const routes = hosts ? new HostRoutes(state, version, view) : undefined
  const map = routes?.map ?? new Connectivity(state, version, view)
  const rows = [
    ...(request === undefined ? limitedFlows(map) : flowsBetween(map).map((row) => ({ ...row, limits: [] }))),
    ...(routes === undefined ? [] : hostFlows(routes)),
  ]
  return {
    rows: request === undefined ? rows : rows.map((row) => ({ ...row, limits: [] })),
    named: namedFlows(map),
    traffics,
  }
}

function limitOf({ packets, requests, among }: RequestLimit, version: IpVersion, traffics: Traffics): Limit {
  return {
    text: formatRequests(requests, among),
    over: formatTraffic(packets, version, traffics),
    parts: trafficParts(packets, version),
    requests: requests.map(plainRequests),
  }
}
