/** The names that a rule lists, and the addresses that are known by one of them. */
import { type DomainPattern, distinctPatterns, matchesDomain } from '@margay/resources'
import type { FlowPeer } from '../model/flow.ts'
import type { AddressHolders } from './address-holders.ts'
import { namesOutside } from './names-outside.ts'

export class DomainSet {
  /** Equal for sets of the same patterns. */
  readonly key: string
  /** In order, each once; at least one. */
  readonly patterns: readonly DomainPattern[]
  readonly #holders: AddressHolders

  /** `holders` know who is no address outside of the cluster. */
  constructor(patterns: readonly DomainPattern[], holders: AddressHolders) {
    this.patterns = distinctPatterns(patterns)
    this.key = this.patterns.map(({ text }) => text).join(' ')
    this.#holders = holders
  }

  holds(peer: FlowPeer): boolean {
    return namesOutside(peer, this.#holders).some((name) => this.patternOf(name) !== undefined)
  }

  /** The first one that matches. */
  patternOf(name: string): DomainPattern | undefined {
    return this.patterns.find((pattern) => matchesDomain(pattern, name))
  }
}
