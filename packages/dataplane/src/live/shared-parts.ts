/** Parts of a table that several owners put in: a chain or set is there as long as one of them has it, an element while its owner has. */
import type { ChainContent, SetContent } from '@margay/netlink/nftables'
import type { LiveTable } from './live-table.ts'

export interface Parts {
  readonly chains: readonly ChainContent[]
  readonly sets: readonly SetContent[]
}

export const noParts: Parts = { chains: [], sets: [] }

export class SharedParts {
  readonly #table: LiveTable
  readonly #users = new Map<string, number>()

  constructor(table: LiveTable) {
    this.#table = table
  }

  add({ chains, sets }: Parts): void {
    for (const { set, elements } of sets) {
      if (this.#count(`set ${set.name}`, 1) === 1) this.#table.putSet(set)
      for (const element of elements) this.#table.putElement(set.name, element)
    }
    for (const content of chains) {
      this.#count(`chain ${content.chain.name}`, 1)
      this.#table.putChain(content, this)
    }
  }

  remove({ chains, sets }: Parts): void {
    for (const { set, elements } of sets) {
      for (const element of elements) this.#table.dropElement(set.name, element)
      if (this.#count(`set ${set.name}`, -1) === 0) this.#table.dropSet(set.name)
    }
    for (const { chain } of chains) {
      if (this.#count(`chain ${chain.name}`, -1) === 0) this.#table.dropChain(chain.name, this)
    }
  }

  /** What is in both stays all the time. */
  replace(before: Parts, after: Parts): void {
    const held = { chains: before.chains, sets: before.sets.map(({ set }) => ({ set, elements: [] })) }
    this.add(held)
    this.remove(before)
    this.add(after)
    this.remove(held)
  }

  #count(what: string, step: 1 | -1): number {
    const count = (this.#users.get(what) ?? 0) + step
    if (count === 0) this.#users.delete(what)
    else this.#users.set(what, count)
    return count
  }
}
