/**
 * Which workloads gain or lose connections with addresses outside of the cluster? Exactly, of all addresses: one that is asked for all
 * of them would say nothing of a rule about others.
 */
import type { IpVersion } from '@margay/netset'
import type { Flow, Sent } from '../../model/flow.ts'
import { hasPorts, protocols } from '../../model/protocol.ts'
import type { Direction } from '../../model/rule.ts'
import { Connectivity } from '../../space/connectivity.ts'
import { everyNumber, rectangle } from '../../space/region.ts'
import { byFirst, type Span } from '../../space/span.ts'
import type { Traffic, Traffics } from '../../space/traffic.ts'
import { countLeading } from '../../state/count-leading.ts'
import type { PolicyState } from '../../state/policy-state.ts'

/**
 * What some workloads may send to all addresses outside, and get from there; good also when the state is another one. What it says of
 * addresses that are workloads' means nothing.
 */
export interface OutsideView {
  /** Ascending and apart, with the number of their class. */
  readonly spans: readonly (Span & { readonly number: number })[]
  /** By `rowKey`; what passes, by class. */
  readonly rows: ReadonlyMap<string, readonly Traffic[]>
}

export interface OutsideOptions {
  readonly version: IpVersion
  readonly traffics: Traffics
  readonly request: Sent | undefined
  /** Of which workloads, by key. */
  readonly keys: ReadonlySet<string>
}

export function outsideView(
  state: PolicyState,
  { version, traffics, request, keys }: OutsideOptions,
): OutsideView {
  const map = new Connectivity(state, version, {
    traffics,
    ...(request !== undefined && { request, packets: traffics.ofProtocol(protocols.tcp) }),
    outwardOf: keys,
  })
  const outside = map.peers.flatMap((peer, at) => (peer.kind === 'Outside' ? [{ at, ...peer }] : []))
  const rows = map.peers.flatMap((peer, at): [string, Traffic[]][] => {
    if (peer.kind === 'Outside') return []
    const { key } = peer.endpoint
    return [
      [rowKey(key, 'Egress'), outside.map((other) => map.allowed(at, other.at))],
      [rowKey(key, 'Ingress'), outside.map((other) => map.allowed(other.at, at))],
    ]
  })
  const spans = outside.flatMap(({ spans }, number) => spans.map((it) => ({ ...it, number })))
  // Of a workload with several addresses the first speaks, as where workloads are asked about.
  return { spans: spans.sort(byFirst), rows: new Map(rows.reverse()) }
}

/** A workload with all that is outside is one connection in each direction. */
export interface OutsideChanges {
  /** Of packets as the one that was asked about, but for that one itself. */
  readonly others: number
  /** Of other ports, other messages and other protocols. */
  readonly elsewhere: number
}

/** What is compared, and how. */
export interface Compared {
  readonly before: OutsideView
  readonly after: OutsideView
  /** Addresses that are not outside, ascending, each once. */
  readonly taken: readonly bigint[]
  readonly traffics: Traffics
}

export function outsideChanges(compared: Compared, flow: Flow): OutsideChanges {
  const { before, after, traffics } = compared
  const packet = traffics.ofProtocol(flow.protocol, regionOf(flow, true))
  const samePort = traffics.ofProtocol(flow.protocol, regionOf(flow, false))
  const shared = overlaps(compared)
  const asked = askedAbout(flow)
  const count = (isChanged: (was: Traffic, is: Traffic, isAsked: boolean) => boolean) =>
    [...before.rows].filter(([key, was]) => {
      const is = after.rows.get(key)
      return shared.some(({ numbers: [old, now], only }) => {
        const [one, other] = [was[old], is?.[now]]
        const isAsked = asked?.key === key && only === asked.address
        return one !== undefined && other !== undefined && one !== other && isChanged(one, other, isAsked)
      })
    }).length
  const differsIn = (was: Traffic, is: Traffic, part: Traffic) =>
    traffics.intersect(was, part) !== traffics.intersect(is, part)
  return {
    others: count((was, is, isAsked) => !isAsked && differsIn(was, is, packet)),
    elsewhere: count((was, is) => traffics.subtract(was, samePort) !== traffics.subtract(is, samePort)),
  }
}

function regionOf({ protocol, sourcePort = 0, destinationPort = 0, icmp }: Flow, isExact: boolean) {
  const only = (number: number) => [{ min: number, max: number }]
  if (hasPorts(protocol)) return rectangle(isExact ? only(sourcePort) : everyNumber, only(destinationPort))
  return rectangle(
    icmp === undefined ? everyNumber : only((icmp.type ?? 0) * 256 + (icmp.code ?? 0)),
    everyNumber,
  )
}

/** The row and the address, where one end is outside. */
function askedAbout({ source, destination }: Flow): { key: string; address: bigint | undefined } | undefined {
  if (source.endpoint !== undefined && destination.endpoint === undefined)
    return { key: rowKey(source.endpoint.key, 'Egress'), address: destination.address?.value }
  if (source.endpoint === undefined && destination.endpoint !== undefined)
    return { key: rowKey(destination.endpoint.key, 'Ingress'), address: source.address?.value }
  return undefined
}

function rowKey(endpoint: string, direction: Direction): string {
  return `${endpoint} ${direction}`
}

interface Overlap {
  /** Of a class before and one after. */
  readonly numbers: readonly [number, number]
  /** The address, where they have but one in common. */
  readonly only: bigint | undefined
}

/** Classes that have addresses in common, each two once. */
function overlaps({ before, after, taken }: Compared): Overlap[] {
  const found = new Map<string, Overlap>()
  for (let [i, j] = [0, 0]; i < before.spans.length && j < after.spans.length; ) {
    const [one, other] = [before.spans[i], after.spans[j]]
    if (one === undefined || other === undefined) break
    const first = one.first > other.first ? one.first : other.first
    const last = one.last < other.last ? one.last : other.last
    const key = `${one.number} ${other.number}`
    const free = first <= last ? freeIn({ first, last }, taken) : 0n
    const only = free === 1n && !found.has(key) ? firstFree(first, taken) : undefined
    if (free > 0n) found.set(key, { numbers: [one.number, other.number], only })
    if (one.last < other.last) i++
    else j++
  }
  return [...found.values()]
}

/** How many addresses of the span are not taken. */
function freeIn({ first, last }: Span, taken: readonly bigint[]): bigint {
  const within = countLeading(taken, (it) => it <= last) - countLeading(taken, (it) => it < first)
  return last - first + 1n - BigInt(within)
}

function firstFree(from: bigint, taken: readonly bigint[]): bigint {
  let free = from
  for (let i = countLeading(taken, (it) => it < from); taken[i] === free; i++) free++
  return free
}
