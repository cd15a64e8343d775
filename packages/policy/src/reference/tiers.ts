/** The tiers, and the order of tiers and of the policies in them. Source: spec/api.md 1.1 and 4; docs/adr/0003 for Allow. */
import type { Resource } from '@margay/resources'
import type { ReferencePolicy } from './packet.ts'

export interface ReferenceTier {
  readonly name: string
  readonly order: number
  readonly defaultAction: 'Deny' | 'Pass' | 'Allow'
}

const builtIn: readonly ReferenceTier[] = [
  { name: 'adminnetworkpolicy', order: 1_000, defaultAction: 'Pass' },
  { name: 'kube-admin', order: 1_000, defaultAction: 'Pass' },
  { name: 'default', order: 1_000_000, defaultAction: 'Deny' },
  { name: 'baselineadminnetworkpolicy', order: 10_000_000, defaultAction: 'Pass' },
  { name: 'kube-baseline', order: 10_000_000, defaultAction: 'Pass' },
]

/** All tiers that these policies name, in order. Those that nobody created come last, and deny. */
export function readTiers(
  resources: readonly Resource[],
  policies: readonly ReferencePolicy[],
): ReferenceTier[] {
  const created = resources
    .filter((it) => it.kind === 'Tier')
    .map(({ metadata: { name }, spec }) => ({
      name,
      order: spec?.order ?? 1_000_000,
      defaultAction: spec?.defaultAction ?? 'Deny',
    }))
  const known = [...builtIn.filter(({ name }) => !created.some((it) => it.name === name)), ...created]
  const names = [...new Set(policies.map(({ tier }) => tier))]
  const unknown = names
    .filter((name) => !known.some((it) => it.name === name))
    .map((name) => ({ name, order: 0, defaultAction: 'Deny' as const }))
  const byOrder = byNumberThenText<ReferenceTier>(({ order, name }) => [order, name])
  return [...known.sort(byOrder), ...unknown.sort(byOrder)].filter(({ name }) => names.includes(name))
}

export function sortPolicies(policies: readonly ReferencePolicy[]): ReferencePolicy[] {
  return policies.toSorted(byNumberThenText(({ order, tieBreak }) => [order, tieBreak]))
}

function byNumberThenText<Item>(key: (item: Item) => readonly [number, string]) {
  return (left: Item, right: Item): number => {
    const [[order, text], [otherOrder, otherText]] = [key(left), key(right)]
    if (order !== otherOrder) return order < otherOrder ? -1 : 1
    return text < otherText ? -1 : text > otherText ? 1 : 0
  }
}
