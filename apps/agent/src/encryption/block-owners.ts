/**
 * Whose each block is from which nodes give addresses: as `settleClaims` has it, the first node's by name; and of two that hold an address
 * the smaller one counts. Cost of a change: a glance at each node, and what changed.
 */
import { type Cidr, formatCidr, type Ip, PrefixTree } from '@margay/netset'
import { Claimants } from './claimants.ts'
import { isSameCidrs } from './cluster-nodes.ts'

/** Of each node, from which its pods have their addresses. */
export type Homes = ReadonlyMap<string, readonly Cidr[]>

/** Addresses outside of all these blocks belong to whom they did. */
export interface HomeChange {
  readonly node: string
  readonly before: readonly Cidr[]
  readonly after: readonly Cidr[]
}

const none: readonly Cidr[] = []

export class BlockOwners {
  readonly #tree = new PrefixTree<string>()
  readonly #claimants = new Claimants()
  #homes: Homes = new Map()

  /** Undefined: the address is in no block. */
  ownerOf(ip: Ip): string | undefined {
    return this.#tree.longestMatch(ip)?.value
  }

  changesTo(homes: Homes): HomeChange[] {
    if (homes === this.#homes) return []
    const changes: HomeChange[] = []
    for (const [node, after] of homes) addChange(changes, node, this.#homes.get(node) ?? none, after)
    for (const [node, before] of this.#homes) if (!homes.has(node)) addChange(changes, node, before, none)
    return changes
  }

  /** `changes` are those to these homes. */
  change(homes: Homes, changes: readonly HomeChange[]): void {
    for (const { node, before, after } of changes)
      this.#claimants.change(node, before.map(formatCidr), after.map(formatCidr), new Set())
    for (const { before, after } of changes) for (const cidr of [...before, ...after]) this.#settle(cidr)
    this.#homes = homes
  }

  #settle(cidr: Cidr): void {
    const owner = this.#claimants.firstOf(formatCidr(cidr))
    if (owner === undefined) this.#tree.delete(cidr)
    else this.#tree.set(cidr, owner)
  }
}

function addChange(
  changes: HomeChange[],
  node: string,
  before: readonly Cidr[],
  after: readonly Cidr[],
): void {
  if (!isSameCidrs(before, after)) changes.push({ node, before, after })
}
