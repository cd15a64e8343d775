/**
 * Addresses that are known by names, and what that says of them: by the domains of rules in use, and by those of network sets that such a
 * rule selects. A name that no rule asks about says nothing.
 */
import type { Ip, IpVersion } from '@margay/netset'
import { DomainIndex, type DomainPattern } from '@margay/resources'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { addressKey } from '../state/address-key.ts'
import { namedSetKey, namesKey } from './class-key.ts'
import { type NameOwner, type Naming, namingOf, unnamed } from './naming.ts'
import type { Labels } from './read-labels.ts'
import type { ReadChanges, ReadNames } from './read-names.ts'
import type { CriteriaChanges, Retained } from './retained-criteria.ts'

/** An address with all names by which it is known now; without names it is not known any more. */
export interface NamedAddress {
  readonly address: Ip
  /** As `canonicalDomain` gives them. */
  readonly names: readonly string[]
}

export interface NamingChange {
  readonly address: Ip
  readonly naming: Naming
}

export interface NameSources {
  readonly version: IpVersion
  readonly names: ReadNames
  /** By a criterion in use now that counts names. */
  readonly isSelected: (labels: Labels) => boolean
}

export class NamedAddresses {
  readonly #sources: NameSources
  readonly #known = new Map<string, NamedAddress>()
  #told = new Map<string, NamedAddress>()
  readonly #lists = new Set<Retained>()
  /** Those that give domains. */
  #entries: readonly NetworkSetEntry[] = []
  #areOwnersOutdated = false
  #owners = new PatternOwners([])

  constructor(sources: NameSources) {
    this.#sources = sources
  }

  /** How many are known, also by names that nobody asks about. */
  get size(): number {
    return this.#known.size
  }

  /** Another one when others are asked about; empty: none are. As of the last changes, like `isAsked`. */
  get askedText(): string {
    return this.#owners.text
  }

  isAsked(name: string): boolean {
    return this.#owners.isAsked(name)
  }

  /** Would these names, beside those that say this already, say nothing more? */
  isSaid({ keys }: Naming, names: readonly string[]): boolean {
    return names.every((name) => this.#owners.ownersOf(name).every(({ key }) => keys.includes(key)))
  }

  tell(named: NamedAddress): void {
    if (named.address.version === this.#sources.version) this.#told.set(addressKey(named.address), named)
  }

  setNetworkSets(entries: readonly NetworkSetEntry[]): void {
    const naming = entries.filter(({ domains }) => domains.length > 0)
    const isSame = naming.length === this.#entries.length && naming.every((it, i) => it === this.#entries[i])
    if (isSame) return
    this.#entries = naming
    this.#areOwnersOutdated = true
  }

  /** Of what is said otherwise than before, or may be. Cost: what was told; of all that are known where somebody asks about other domains. */
  change(criteria: CriteriaChanges, read: ReadChanges): NamingChange[] {
    const told = this.#told
    this.#told = new Map()
    for (const [key, it] of told) {
      if (it.names.length === 0) this.#known.delete(key)
      else this.#known.set(key, it)
    }
    const isAnew = this.#isAskedOtherwise(criteria, read) && this.#changeOwners(criteria)
    const changed = isAnew ? [...this.#known.values(), ...goneOf(told)] : [...told.values()]
    return changed.map(({ address, names }) => ({ address, naming: this.#owners.namingOf(names) }))
  }

  /** Most changes are of endpoints, and change nothing here. */
  #isAskedOtherwise({ come, gone }: CriteriaChanges, { labels }: ReadChanges): boolean {
    return this.#areOwnersOutdated || come.length > 0 || gone.length > 0 || labels.length > 0
  }

  #changeOwners({ come, gone }: CriteriaChanges): boolean {
    for (const it of gone) this.#lists.delete(it)
    for (const it of come) if (it.criterion.kind === 'Domains') this.#lists.add(it)
    if (this.#lists.size === 0 && this.#entries.length === 0 && this.#owners.isEmpty) return false
    this.#areOwnersOutdated = false
    const owners = new PatternOwners([...this.#ofLists(), ...this.#ofNetworkSets()])
    if (owners.text === this.#owners.text) return false
    this.#owners = owners
    return true
  }

  *#ofLists(): Generator<OwnedPatterns> {
    for (const { criterion } of this.#lists) {
      if (criterion.kind !== 'Domains') continue
      const { key, patterns } = criterion.domains
      yield { owner: { key: namesKey(key), domainList: key }, patterns }
    }
  }

  *#ofNetworkSets(): Generator<OwnedPatterns> {
    for (const { labels, domains } of this.#entries) {
      const read = this.#sources.names.labelsOf(labels)
      if (this.#sources.isSelected(read))
        yield { owner: { key: namedSetKey(read), labels: read }, patterns: domains }
    }
  }
}

interface OwnedPatterns {
  readonly owner: NameOwner
  readonly patterns: readonly DomainPattern[]
}

const mostRemembered = 10_000

class PatternOwners {
  /** Equal only for the same owners of the same patterns. */
  readonly text: string
  readonly #index: DomainIndex
  readonly #byPattern = new Map<string, NameOwner[]>()
  readonly #namings = new Map<string, Naming>()
  /** Of names that were asked about lately: the same come again and again. */
  readonly #ownersOf = new Map<string, readonly NameOwner[]>()

  constructor(owned: readonly OwnedPatterns[]) {
    for (const { owner, patterns } of owned)
      for (const { text } of patterns)
        this.#byPattern.set(text, [...(this.#byPattern.get(text) ?? []), owner])
    this.#index = new DomainIndex(owned.flatMap(({ patterns }) => patterns))
    this.text = owned
      .map(({ owner: { key }, patterns }) => JSON.stringify([key, patterns.map(({ text }) => text)]))
      .sort()
      .join('\n')
  }

  get isEmpty(): boolean {
    return this.#byPattern.size === 0
  }

  isAsked(name: string): boolean {
    return this.#index.matching(name).length > 0
  }

  ownersOf(name: string): readonly NameOwner[] {
    const known = this.#ownersOf.get(name)
    if (known !== undefined) return known
    const found = this.#index.matching(name).flatMap(({ text }) => this.#byPattern.get(text) ?? [])
    if (this.#ownersOf.size >= mostRemembered) this.#ownersOf.clear()
    this.#ownersOf.set(name, found)
    return found
  }

  /** One object for all of which the same is said. */
  namingOf(names: readonly string[]): Naming {
    if (this.isEmpty || names.length === 0) return unnamed
    const made = namingOf(names.flatMap((name) => this.ownersOf(name)))
    const text = JSON.stringify(made.keys)
    const known = this.#namings.get(text) ?? made
    this.#namings.set(text, known)
    return known
  }
}

function goneOf(told: ReadonlyMap<string, NamedAddress>): NamedAddress[] {
  return [...told.values()].filter(({ names }) => names.length === 0)
}
