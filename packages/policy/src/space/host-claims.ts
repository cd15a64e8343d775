/** Which interfaces host endpoints govern in each of two states, as far as that is known without the interfaces. */
import { everyInterface, type HostEndpoint } from '../model/host-endpoint.ts'
import { addressKey } from '../state/address-key.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { isSameList } from '../state/same-list.ts'

/** Interfaces of one node, and who governs them. */
export interface Governed {
  readonly node: string
  readonly before: HostEndpoint | undefined
  readonly after: HostEndpoint | undefined
}

export interface Claims {
  readonly governed: readonly Governed[]
  /** Nodes of which it depends on the addresses of their interfaces who governs these: sorted. */
  readonly unclear: readonly string[]
}

/** As `resolveHostEndpoints` does for interfaces that are known. Source: spec/dataplane.md 1.10. */
export function claimsIn(before: PolicyState, after: PolicyState): Claims {
  const [old, now] = [before, after].map(byNode) as [HostsByNode, HostsByNode]
  const nodes = [...new Set([...old.keys(), ...now.keys()])].sort()
  const pairs = nodes.map((node) => ({ node, was: old.get(node) ?? [], is: now.get(node) ?? [] }))
  return {
    governed: pairs.flatMap(governedOn),
    unclear: pairs.filter(isUnclear).map(({ node }) => node),
  }
}

type HostsByNode = ReadonlyMap<string, readonly HostEndpoint[]>

/** Sorted by name: the first that claims an interface has it. */
function byNode({ hostEndpoints }: PolicyState): HostsByNode {
  const sorted = [...hostEndpoints.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
  return Map.groupBy(sorted, ({ node }) => node)
}

interface NodeHosts {
  readonly node: string
  readonly was: readonly HostEndpoint[]
  readonly is: readonly HostEndpoint[]
}

/** Those without a name are known by their addresses. */
function governedOn({ node, was, is }: NodeHosts): Governed[] {
  const [old, now] = [was, is].map(claimants) as [HostEndpoint[], HostEndpoint[]]
  const rest = { node, before: was.find(isForAll), after: is.find(isForAll) }
  if (isSameList(old.map(claimText), now.map(claimText)))
    return [...old.map((before, i) => ({ node, before, after: now[i] })), rest]
  const governing = (hosts: readonly HostEndpoint[], claim: string) =>
    hosts.find((it) => claimsOf(it).includes(claim)) ?? hosts.find(isForAll)
  const claims = new Set([...old, ...now].flatMap(claimsOf))
  const some = [...claims].map((claim) => ({
    node,
    before: governing(was, claim),
    after: governing(is, claim),
  }))
  return [...some, rest]
}

/** An interface may have the name that one claims, and an address that another does. */
function isUnclear({ was, is }: NodeHosts): boolean {
  const [old, now] = [was, is].map(claimants) as [HostEndpoint[], HostEndpoint[]]
  if (isSameList(old.map(claimText), now.map(claimText))) return false
  const isMixed = [...old, ...now].some(({ interfaceName }) => interfaceName === undefined)
  return isMixed && Math.max(old.length, now.length) > 1
}

/** Without those for the rest, and without those that others before them leave nothing to. */
function claimants(hosts: readonly HostEndpoint[]): HostEndpoint[] {
  const taken = new Set<string>()
  return hosts.filter((it) => {
    const own = claimsOf(it)
    const isLate = own.every((claim) => taken.has(claim))
    for (const claim of own) taken.add(claim)
    return !isLate
  })
}

function claimText(host: HostEndpoint): string {
  return claimsOf(host).sort().join(' ')
}

function claimsOf({ interfaceName, expectedAddresses }: HostEndpoint): string[] {
  if (interfaceName === undefined) return expectedAddresses.map((it) => `address ${addressKey(it)}`)
  return interfaceName === everyInterface ? [] : [`interface ${interfaceName}`]
}

function isForAll({ interfaceName }: HostEndpoint): boolean {
  return interfaceName === everyInterface
}
