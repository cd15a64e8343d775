/** The order in which tiers and policies are evaluated. Source: spec/api.md 4 (TierLess, PolKVLess). */
import type { PolicyKind } from '@margay/resources'
import type { Policy, PolicyRef, Tier } from '../model/policy.ts'

/** Existing tiers first, then by order, then by name. */
export function compareTiers(a: Tier, b: Tier): number {
  if (a.exists !== b.exists) return a.exists ? -1 : 1
  return compareNumbers(a.order, b.order) || compareText(a.name, b.name)
}

/**
 * By order, then by the text `name/namespace/kind`. Comparing the joined text is not the same as comparing its parts:
 * `a-b` comes before `a`, since `-` sorts before `/`.
 */
export function comparePolicies(a: Policy, b: Policy): number {
  return compareNumbers(a.order, b.order) || compareNames(a, b)
}

/** Texts of which neither begins with the other decide alone. */
function compareNames({ ref: one }: Policy, { ref: other }: Policy): number {
  return (
    decidedBy(one.name, other.name) ??
    (one.name === other.name ? decidedBy(one.namespace, other.namespace) : undefined) ??
    compareText(tieBreak(one), tieBreak(other))
  )
}

/** Undefined where what follows the texts counts. */
function decidedBy(one: string, other: string): number | undefined {
  return one.startsWith(other) || other.startsWith(one) ? undefined : compareText(one, other)
}

function tieBreak(ref: PolicyRef): string {
  return `${ref.name}/${ref.namespace}/${enforcedKind(ref.kind)}`
}

/** A staged policy stands where it would stand if it were enforced. */
export function enforcedKind(kind: PolicyKind): string {
  return kind.replace(/^Staged/, '')
}

/** Infinity equals infinity here, which subtraction would not give. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** By UTF-16 code units, which is bytewise for the ASCII that names are made of. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
