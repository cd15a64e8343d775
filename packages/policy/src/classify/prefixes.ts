/** Prefixes that criteria speak of: those that they list, and those of network sets that one of them selects. */
import type { Cidr, IpVersion, OwnedCidr } from '@margay/netset'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { isInSet } from './address-class.ts'
import type { PrefixOwner } from './areas.ts'
import { listedKey, networkSetKey } from './class-key.ts'
import { netListKey } from './criteria.ts'
import type { Labels } from './read-labels.ts'
import { isReadAnew, type ReadChanges, type ReadNames } from './read-names.ts'
import type { CriteriaChanges, Retained } from './retained-criteria.ts'

type OwnedPrefixes = readonly OwnedCidr<PrefixOwner>[]

/** Network sets of which criteria read the same. */
interface SetGroup {
  readonly key: string
  /** Those that are read. */
  readonly labels: Labels
  readonly nets: Cidr[]
  isSelected: boolean
}

export interface PrefixSources {
  readonly version: IpVersion
  readonly names: ReadNames
  /** By a criterion in use now. */
  readonly isSelected: (labels: Labels) => boolean
}

export class Prefixes {
  readonly #sources: PrefixSources
  readonly #listed = new Map<Retained, OwnedPrefixes>()
  #entries: readonly NetworkSetEntry[] = []
  #haveEntriesChanged = false
  #groups: readonly SetGroup[] = []

  constructor(sources: PrefixSources) {
    this.#sources = sources
  }

  /** An entry that says something else is another object. */
  setNetworkSets(entries: readonly NetworkSetEntry[]): void {
    const isSame =
      entries.length === this.#entries.length && entries.every((it, i) => it === this.#entries[i])
    if (isSame) return
    this.#entries = entries
    this.#haveEntriesChanged = true
  }

  /** True if there are other prefixes than before, or they say something else. */
  change(criteria: CriteriaChanges, read: ReadChanges): boolean {
    const isListChanged = this.#changeListed(criteria)
    const isGroupingChanged = this.#regroup(read)
    const isSelectionChanged = this.#select(criteria)
    return isListChanged || isGroupingChanged || isSelectionChanged
  }

  all(): OwnedCidr<PrefixOwner>[] {
    const selected = this.#groups.filter(({ isSelected }) => isSelected)
    return [
      ...[...this.#listed.values()].flat(),
      ...selected.flatMap(({ key, labels, nets }) => this.#own(nets, { key, labels })),
    ]
  }

  #changeListed({ come, gone }: CriteriaChanges): boolean {
    const isRemoved = gone.map((it) => this.#listed.delete(it)).includes(true)
    const isAdded = come.map((it) => this.#enterList(it)).includes(true)
    return isRemoved || isAdded
  }

  /** A list without prefixes of this IP version divides nothing. */
  #enterList(it: Retained): boolean {
    if (it.criterion.kind !== 'Nets') return false
    const netList = netListKey(it.criterion.nets)
    const prefixes = this.#own(it.criterion.nets, { key: listedKey(netList), netList })
    if (prefixes.length > 0) this.#listed.set(it, prefixes)
    return prefixes.length > 0
  }

  #regroup(read: ReadChanges): boolean {
    const isReadChanged = this.#entries.some(({ labels }) => isReadAnew(read, { labels, ports: [] }))
    if (!this.#haveEntriesChanged && !isReadChanged) return false
    this.#haveEntriesChanged = false
    const groups = new Map<string, SetGroup>()
    for (const { labels, nets } of this.#entries) {
      const readLabels = this.#sources.names.labelsOf(labels)
      const key = networkSetKey(readLabels)
      const group = groups.get(key) ?? { key, labels: readLabels, nets: [], isSelected: false }
      groups.set(key, group)
      group.nets.push(...nets)
    }
    this.#groups = [...groups.values()]
    for (const group of this.#groups) group.isSelected = this.#sources.isSelected(group.labels)
    return true
  }

  /** A criterion that came can only add to what is selected, and one that is gone only take from it. */
  #select({ come, gone }: CriteriaChanges): boolean {
    const selected = this.#groups.filter(({ isSelected }) => isSelected)
    const others = this.#groups.filter(({ isSelected }) => !isSelected)
    const isLost = selected.filter((group) => gone.some((it) => selects(it, group)))
    const isFound = others.filter((group) => come.some((it) => selects(it, group)))
    for (const group of isFound) group.isSelected = true
    for (const group of isLost) group.isSelected = this.#sources.isSelected(group.labels)
    return isFound.length > 0 || isLost.some(({ isSelected }) => !isSelected)
  }

  #own(nets: readonly Cidr[], owner: PrefixOwner): OwnedCidr<PrefixOwner>[] {
    const { version } = this.#sources
    return nets.filter((cidr) => cidr.version === version).map((cidr) => ({ cidr, owner }))
  }
}

function selects({ criterion }: Retained, { labels }: SetGroup): boolean {
  return criterion.kind === 'Set' && isInSet(criterion.set, { identities: [labels] })
}
