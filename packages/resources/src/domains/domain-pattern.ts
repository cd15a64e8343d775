/**
 * Names of domains, and patterns of them, as egress rules and network sets give them.
 *
 * `*` stands for one or more whole labels, at most once, at any place; without it only the very name is meant. Case does not matter
 * (RFC 4343). Source: spec/dataplane.md 7.1; lengths are those of RFC 1035 2.3.4.
 */

export interface DomainPattern {
  /** In lower case: patterns that mean the same have the same text. */
  readonly text: string
  /** Labels before and behind the wildcard; undefined: there is none. */
  readonly around: { readonly before: readonly string[]; readonly behind: readonly string[] } | undefined
}

const wildcard = '*'
const maxNameLength = 253
const maxLabelLength = 63
const label = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/

/** Undefined for what is none: a label that is not whole, two wildcards, a dot at an end, or what is too long. */
export function parseDomainPattern(given: string): DomainPattern | undefined {
  const text = given.toLowerCase()
  if (text === '' || text.length > maxNameLength) return undefined
  const labels = text.split('.')
  const at = labels.indexOf(wildcard)
  const named = at < 0 ? labels : labels.toSpliced(at, 1)
  if (!named.every((it) => it.length <= maxLabelLength && label.test(it))) return undefined
  const around = at < 0 ? undefined : { before: labels.slice(0, at), behind: labels.slice(at + 1) }
  return { text, around }
}

/** `name` is in lower case and without a dot at its end. */
export function matchesDomain({ text, around }: DomainPattern, name: string): boolean {
  if (around === undefined) return text === name
  const labels = name.split('.')
  const { before, behind } = around
  return (
    labels.length > before.length + behind.length &&
    before.every((it, index) => it === labels[index]) &&
    behind.every((it, index) => it === labels[labels.length - behind.length + index])
  )
}

/** A name as answers give it, as patterns are asked of it. */
export function canonicalDomain(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** In the order of their texts, each once. */
export function distinctPatterns(patterns: Iterable<DomainPattern>): readonly DomainPattern[] {
  const byText = new Map(Array.from(patterns, (pattern) => [pattern.text, pattern]))
  return [...byText.values()].sort((a, b) => (a.text < b.text ? -1 : 1))
}
