/**
 * What an agent reports of encryption: an annotation on its Lease (margay-system/NODE), which nobody watches.
 *
 * It is written each 20 s by each of up to 5,000 nodes, which have up to 4,999 peers each. So it is compact; at most 200 peers of a tunnel
 * and 200 nodes in the clear are told one by one, and all are counted. Those to which something is the matter come first: they are told
 * wherever there are no more than 200 of them. With names of usual length that is at most about 20 kB for each IP version; with the longest
 * of names it is less than the 256 KiB that Kubernetes lets the annotations of an object have.
 *
 * There is never a private key in it.
 *
 * Source  docs/adr/0011; the shape is Margay's own.
 */
import type { IpVersion } from '@margay/netset'

/** On the lease: JSON of an `EncryptionReport`. */
export const encryptionReportAnnotation = 'margay.io/encryption'

/** WireGuard makes a new handshake before a session is so old, if there is something to send. Source: WireGuard, REJECT_AFTER_TIME. */
export const sessionSeconds = 180

/** So many of each list are told. */
export const mostReportedPeers = 200
const mostProblems = 20
const longestProblem = 300

export interface EncryptionReport {
  /** True: what can't be encrypted is dropped. */
  readonly required: boolean
  /** For that reason, since the rules were made. */
  readonly dropped: { readonly packets: number; readonly bytes: number }
  /** A line for each. */
  readonly problems: readonly string[]
  /** At most one of each IP version; none where encryption is switched off. */
  readonly tunnels: readonly TunnelReport[]
}

export type TunnelDriverName = 'kernel' | 'wireguard-go'

export interface TunnelReport {
  readonly version: IpVersion
  readonly interfaceName: string
  /** Who does the work; undefined: there is no device. */
  readonly driver?: TunnelDriverName | undefined
  /** Base64; undefined: there is none that peers could use. */
  readonly publicKey?: string | undefined
  /** RFC 3339, by the node's clock. */
  readonly keyMadeAt?: string | undefined
  /** UDP. */
  readonly listenPort: number
  /** Of all, also those that are not told one by one. */
  readonly counts: TunnelCounts
  /** Those without a session first (never a handshake, then unanswered), then by name. */
  readonly peers: readonly PeerReport[]
  /** Peers to which packets were sent without an answer, since their last handshake is too old. All of them stand among `peers`. */
  readonly unanswered: readonly string[]
  /** By name. */
  readonly clear: readonly ClearReport[]
}

export interface TunnelCounts {
  readonly peers: number
  /** Of the peers: those that never shook hands, or do not answer. */
  readonly waiting: number
  readonly clear: number
}

/** The latest handshake is in seconds since 1970 by the node's clock, 0: never. */
export type PeerReport = readonly [
  node: string,
  latestHandshake: number,
  receivedBytes: number,
  sentBytes: number,
]

/** Why a node is no peer: `NoKey`, `MalformedKey`, `SharedKey`, `NoAddress`. */
export type ClearReport = readonly [node: string, reason: string]

/** Leaves out what is too much. Counts have to be right already. */
export function formatEncryptionReport(report: EncryptionReport): string {
  return JSON.stringify({
    ...report,
    problems: firstProblems(report.problems),
    tunnels: report.tunnels.map(withFewerPeers),
  })
}

function firstProblems(problems: readonly string[]): string[] {
  const lines = problems.slice(0, mostProblems).map(cut)
  const rest = problems.length - lines.length
  return rest === 0 ? lines : [...lines, `and ${rest} more`]
}

function cut(line: string): string {
  return line.length <= longestProblem ? line : `${line.slice(0, longestProblem - 1)}…`
}

function withFewerPeers(tunnel: TunnelReport): TunnelReport {
  const unanswered = new Set(tunnel.unanswered)
  const rank = ([node, handshake]: PeerReport) => (handshake === 0 ? 0 : unanswered.has(node) ? 1 : 2)
  const peers = tunnel.peers.toSorted((a, b) => rank(a) - rank(b) || byName(a, b)).slice(0, mostReportedPeers)
  return {
    ...tunnel,
    peers,
    unanswered: peers.map(([node]) => node).filter((node) => unanswered.has(node)),
    clear: tunnel.clear.toSorted(byName).slice(0, mostReportedPeers),
  }
}

function byName([a]: PeerReport | ClearReport, [b]: PeerReport | ClearReport): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Undefined: it is none, or has another shape. Fields of later versions are passed over. */
export function parseEncryptionReport(text: string | undefined): EncryptionReport | undefined {
  const value = parseJson(text)
  if (!isObject(value)) return undefined
  const { required, dropped, problems, tunnels } = value
  const isReport =
    typeof required === 'boolean' &&
    isDropped(dropped) &&
    isListOf(problems, isText) &&
    isListOf(tunnels, isTunnel)
  return isReport ? { required, dropped, problems, tunnels } : undefined
}

type Fields = Readonly<Record<string, unknown>>

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function isDropped(value: unknown): value is EncryptionReport['dropped'] {
  return isObject(value) && isCount(value.packets) && isCount(value.bytes)
}

function isTunnel(value: unknown): value is TunnelReport {
  if (!isObject(value)) return false
  const {
    version,
    interfaceName,
    driver,
    publicKey,
    keyMadeAt,
    listenPort,
    counts,
    peers,
    unanswered,
    clear,
  } = value
  return (
    (version === 4 || version === 6) &&
    isText(interfaceName) &&
    (driver === undefined || driver === 'kernel' || driver === 'wireguard-go') &&
    (publicKey === undefined || isText(publicKey)) &&
    (keyMadeAt === undefined || (isText(keyMadeAt) && !Number.isNaN(Date.parse(keyMadeAt)))) &&
    isCount(listenPort) &&
    isCounts(counts) &&
    isListOf(peers, isPeer) &&
    isListOf(unanswered, isText) &&
    isListOf(clear, isClear)
  )
}

function isCounts(value: unknown): value is TunnelCounts {
  return isObject(value) && [value.peers, value.waiting, value.clear].every(isCount)
}

function isPeer(value: unknown): value is PeerReport {
  return Array.isArray(value) && value.length >= 4 && isText(value[0]) && value.slice(1, 4).every(isCount)
}

function isClear(value: unknown): value is ClearReport {
  return Array.isArray(value) && isText(value[0]) && isText(value[1])
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem)
}
