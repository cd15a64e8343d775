/** The name by which a rule knows an address outside of the cluster, where it matches for no other reason. */
import { type DomainPattern, matchesDomain } from '@margay/resources'
import type { Flow } from '../model/flow.ts'
import type { Rule } from '../model/rule.ts'

export interface KnownName {
  /** As DNS gave it. */
  readonly name: string
  /** That the rule, or a network set that it selects, lists. */
  readonly pattern: string
}

/** Of a rule that matches; undefined where no name was needed. The first name, and the first pattern for it. */
export function knownNameOf({ destination: match }: Rule, { destination }: Flow): KnownName | undefined {
  const { inDomains, inSet, countsNames } = match
  if (inDomains !== undefined) return firstOf(destination.names, inDomains.patterns)
  if (!countsNames || inSet === undefined || inSet.holds(destination)) return undefined
  return firstOf(destination.names, inSet.domains)
}

function firstOf(names: readonly string[] = [], patterns: readonly DomainPattern[]): KnownName | undefined {
  for (const name of names) {
    const pattern = patterns.find((it) => matchesDomain(it, name))
    if (pattern !== undefined) return { name, pattern: pattern.text }
  }
  return undefined
}
