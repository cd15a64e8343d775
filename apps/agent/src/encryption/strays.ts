/** Addresses of pods that would not be taken as their nodes', by node. Cost of an update: what changed. */
import { type Cidr, type Ip, type IpVersion, PrefixTree } from '@margay/netset'
import type { Endpoint } from '@margay/policy'

/** Of an endpoint's node, from which its pods have their addresses. */
export type Homes = ReadonlyMap<string, readonly Cidr[]>

export class Strays {
  /** Whose each block is: as `settleClaims` has it, the first node's by name; and of two that hold an address the smaller one counts. */
  readonly #owners = new PrefixTree<string>()
  /** By node, then by IP version and value. */
  readonly #byNode = new Map<string, Map<string, { readonly ip: Ip; pods: number }>>()

  constructor(homes: Homes, endpoints: Iterable<Endpoint>) {
    for (const [node, cidrs] of [...homes].toSorted(([one], [other]) => (one > other ? -1 : 1)))
      for (const cidr of cidrs) this.#owners.set(cidr, node)
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

  of(version: IpVersion): Map<string, Ip[]> {
    return new Map(
      Array.from(this.#byNode, ([node, all]) => [
        node,
        Array.from(all.values(), ({ ip }) => ip).filter((ip) => ip.version === version),
      ]),
    )
  }

  #count({ node, addresses }: Endpoint, pods: 1 | -1): boolean {
    if (node === undefined) return false
    const strays = addresses.filter((ip) => this.#owners.longestMatch(ip)?.value !== node)
    return strays.map((ip) => this.#countOne(node, ip, pods)).includes(true)
  }

  #countOne(node: string, ip: Ip, pods: 1 | -1): boolean {
    const all = this.#byNode.get(node) ?? new Map<string, { readonly ip: Ip; pods: number }>()
    this.#byNode.set(node, all)
    const key = `${ip.version} ${ip.value}`
    const there = all.get(key)
    if (there === undefined) all.set(key, { ip, pods })
    else there.pods += pods
    if (there?.pods === 0) all.delete(key)
    return there === undefined || there.pods === 0
  }
}
