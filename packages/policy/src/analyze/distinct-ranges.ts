/**
 * Divides a prefix into parts of which policy can't tell any two addresses apart: one address of each answers for all.
 *
 * Policy speaks of addresses by prefixes only: those of rules and of network sets, and single ones, of endpoints, services and nodes.
 * Addresses that are in the same of these are alike.
 */
import { type Cidr, cidrCovers, formatCidr, hostCidr, type Ip, subtractCidrs } from '@margay/netset'
import type { PeerMatch, Rule } from '../model/rule.ts'
import type { PolicyState } from '../state/policy-state.ts'

/** What is in `net` and in none of `except`. */
export interface DistinctRange {
  readonly net: Cidr
  /** Parts of their own, within `net`. */
  readonly except: readonly Cidr[]
  /** One address of it. */
  readonly address: Ip
}

/** In order of their prefixes. Cost: O(n log n) for n prefixes within; the rules of all policies are read. */
export function distinctRanges(state: PolicyState, net: Cidr): DistinctRange[] {
  return nested(net, distinctWithin(net, prefixesOf(state)))
}

/** Each once, the wider before what is in it. */
function distinctWithin(net: Cidr, prefixes: Iterable<Cidr>): Cidr[] {
  const inner = [...prefixes].filter((it) => cidrCovers(net, it) && it.prefixLength > net.prefixLength)
  const byText = new Map(inner.map((it) => [formatCidr(it), it]))
  return [...byText.values()].sort(compare)
}

function compare(a: Cidr, b: Cidr): number {
  return a.base === b.base ? a.prefixLength - b.prefixLength : a.base < b.base ? -1 : 1
}

/** `inner` is sorted: what is in one prefix comes right after it. */
function nested(net: Cidr, inner: readonly Cidr[]): DistinctRange[] {
  const children: Cidr[] = []
  const parts: DistinctRange[] = []
  for (let at = 0; at < inner.length; ) {
    const child = inner[at] as Cidr
    const start = at + 1
    for (at = start; at < inner.length && cidrCovers(child, inner[at] as Cidr); ) at += 1
    children.push(child)
    parts.push(...nested(child, inner.slice(start, at)))
  }
  const [rest] = subtractCidrs([net], children)
  if (rest === undefined) return parts
  return [{ net, except: children, address: { version: rest.version, value: rest.base } }, ...parts]
}

function* prefixesOf(state: PolicyState): Iterable<Cidr> {
  for (const { nets } of state.networkSets) yield* nets
  for (const address of singleAddresses(state)) yield hostCidr(address)
  for (const rule of rulesOf(state))
    for (const side of [rule.source, rule.destination]) yield* prefixesIn(side)
  for (const node of nodesOf(state)) {
    const { failsafeInbound, failsafeOutbound } = state.settingsOf(node)
    for (const { net } of [...failsafeInbound, ...failsafeOutbound]) if (net !== undefined) yield net
  }
}

function singleAddresses(state: PolicyState): Ip[] {
  const endpoints = [...state.endpoints.values()].flatMap(({ addresses }) => addresses)
  const hosts = [...state.hostEndpoints.values()].flatMap(({ expectedAddresses }) => expectedAddresses)
  return [...endpoints, ...hosts, ...state.nodeAddresses]
}

/** Of policies, enforced and staged, and of profiles of host endpoints. */
function rulesOf(state: PolicyState): Rule[] {
  const policies = [...state.tiers, ...state.stagedTiers].flatMap((tier) => tier.policies)
  const profiles = [...state.hostEndpoints.values()].flatMap((it) => state.profilesOf(it))
  return [...policies, ...profiles].flatMap(({ ingress, egress }) => [...ingress, ...egress])
}

function prefixesIn({ nets = [], notNets = [], inService }: PeerMatch): Cidr[] {
  return [...nets, ...notNets, ...(inService?.addresses ?? []).map(hostCidr)]
}

function nodesOf(state: PolicyState): Set<string> {
  return new Set([...state.hostEndpoints.values()].map(({ node }) => node))
}
