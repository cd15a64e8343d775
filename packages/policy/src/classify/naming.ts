/** What names say of an address outside of the cluster: which lists of domains have one of them, and which network sets. */
import type { Labels } from './read-labels.ts'

/** What a pattern says of addresses that are known by a name of it. */
export type NameOwner =
  | { readonly key: string; readonly domainList: string }
  | { readonly key: string; readonly labels: Labels }

export interface Naming {
  /** Of its owners, sorted, each once. */
  readonly keys: readonly string[]
  /** The labels of each network set that gives one of the names. */
  readonly identities: readonly Labels[]
  /** Keys of the sets of domains that rules give: see `DomainSet`. */
  readonly domainLists: readonly string[]
}

/** Of nearly every address. */
export const unnamed: Naming = { keys: [], identities: [], domainLists: [] }

export function namingOf(owners: Iterable<NameOwner>): Naming {
  const byKey = new Map<string, NameOwner>()
  for (const owner of owners) byKey.set(owner.key, owner)
  if (byKey.size === 0) return unnamed
  const each = [...byKey.values()]
  return {
    keys: [...byKey.keys()].sort(),
    identities: each.filter((owner) => 'labels' in owner).map(({ labels }) => labels),
    domainLists: each.filter((owner) => 'domainList' in owner).map(({ domainList }) => domainList),
  }
}
