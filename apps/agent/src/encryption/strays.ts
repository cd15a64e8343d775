/** Addresses of pods that would not be taken as their nodes', by node. Cost of an update: what changed. */
import { type Cidr, cidrContains, type Ip, type IpVersion } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import { BlockOwners, type Homes } from './block-owners.ts'

export type { Homes }

/** By value: how many pods have it. */
type Counts = Map<bigint, { readonly ip: Ip; pods: number }>

export class Strays {
  readonly #owners = new BlockOwners()
  /** By node. */
  readonly #counts: Readonly<Record<IpVersion, Map<string, Counts>>> = { 4: new Map(), 6: new Map() }
  /** As they were asked for last. */
  readonly #lists: Readonly<Record<IpVersion, Map<string, readonly Ip[]>>> = { 4: new Map(), 6: new Map() }
  /** Nodes whose lists are not up to date. */
  readonly #changed: Readonly<Record<IpVersion, Set<string>>> = { 4: new Set(), 6: new Set() }

  constructor(homes: Homes, endpoints: Iterable<Endpoint>) {
    this.#owners.change(homes, this.#owners.changesTo(homes))
    for (const endpoint of endpoints) this.#count(endpoint, 1)
  }

  /** True if other addresses are stray than before. */
  update({
    gone,
    come,
  }: {
    readonly gone: readonly Endpoint[]
    readonly come: readonly Endpoint[]
  }): boolean {
    const changes = [...come.map((it) => this.#count(it, 1)), ...gone.map((it) => this.#count(it, -1))]
    return changes.includes(true)
  }

  /** Nodes may give addresses from elsewhere than before. `endpoints` are all that there are: they are looked at if so. */
  rehome(homes: Homes, endpoints: () => Iterable<Endpoint>): void {
    const changes = this.#owners.changesTo(homes)
    const blocks = changes.flatMap(({ before, after }) => [...before, ...after])
    const reached = endpointsIn(blocks, endpoints)
    for (const endpoint of reached) this.#count(endpoint, -1)
    this.#owners.change(homes, changes)
    for (const endpoint of reached) this.#count(endpoint, 1)
  }

  /** Good until the next change. The list of a node whose addresses did not change is the same one as before. */
  of(version: IpVersion): ReadonlyMap<string, readonly Ip[]> {
    for (const node of this.#changed[version]) this.#list(node, version)
    this.#changed[version].clear()
    return this.#lists[version]
  }

  #list(node: string, version: IpVersion): void {
    const counts = this.#counts[version].get(node)
    const ips = Array.from(counts?.values() ?? [], ({ ip }) => ip)
    if (ips.length === 0) this.#lists[version].delete(node)
    else this.#lists[version].set(node, ips)
  }

  #count({ node, addresses }: Endpoint, pods: 1 | -1): boolean {
    if (node === undefined) return false
    const strays = addresses.filter((ip) => this.#owners.ownerOf(ip) !== node)
    return strays.map((ip) => this.#countOne(node, ip, pods)).includes(true)
  }

  #countOne(node: string, ip: Ip, pods: 1 | -1): boolean {
    const counts = this.#counts[ip.version].get(node) ?? (new Map() as Counts)
    this.#counts[ip.version].set(node, counts)
    const there = counts.get(ip.value)
    if (there === undefined) counts.set(ip.value, { ip, pods })
    else there.pods += pods
    if (there?.pods === 0) counts.delete(ip.value)
    const isChange = there === undefined || there.pods === 0
    if (isChange) this.#changed[ip.version].add(node)
    return isChange
  }
}

function endpointsIn(blocks: readonly Cidr[], endpoints: () => Iterable<Endpoint>): Endpoint[] {
  if (blocks.length === 0) return []
  const isIn = (ip: Ip) => blocks.some((block) => cidrContains(block, ip))
  return [...endpoints()].filter(({ addresses }) => addresses.some(isIn))
}
