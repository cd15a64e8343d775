/**
 * Names of domains that no rule tells apart. A pattern stands for all names that it matches: for one in whose place of the wildcard is
 * what no pattern lists. What is allowed to a name is what is allowed to the patterns that match it, taken together: names only ever
 * count for rules that allow.
 */
import { DomainIndex, type DomainPattern } from '@margay/resources'
import type { Criterion } from '../classify/criteria.ts'
import type { Facts } from './facts.ts'

/** Nothing that a pattern can list. */
const unlisted = '*'

export class NameCriteria {
  /** Of all criteria, each once, in order. */
  readonly patterns: readonly DomainPattern[]
  readonly #indexes: readonly (readonly [number: number, index: DomainIndex])[]

  constructor(criteria: readonly Criterion[]) {
    const asked = [...criteria.entries()].map(([number, it]) => [number, patternsOf(it)] as const)
    const all = asked.flatMap(([, patterns]) => patterns)
    this.patterns = [...new Map(all.map((it) => [it.text, it])).values()].sort(byText)
    this.#indexes = asked
      .filter(([, patterns]) => patterns.length > 0)
      .map(([number, patterns]) => [number, new DomainIndex(patterns)] as const)
  }

  /** The criteria that every name of the pattern meets, by number. It need not be one of them. */
  metBy({ text, around }: DomainPattern): number[] {
    const name = around === undefined ? text : [...around.before, unlisted, ...around.behind].join('.')
    return this.#indexes.filter(([, index]) => index.matching(name).length > 0).map(([number]) => number)
  }
}

/** What is known of addresses outside that are known by names: one for each two that some criteria may tell apart. */
export function namedFacts(
  outside: readonly Facts[],
  names: NameCriteria,
  asked: readonly number[],
): readonly Facts[] {
  const found = new Map<string, Facts>()
  for (const pattern of names.patterns) {
    const met = names.metBy(pattern).filter((it) => asked.includes(it))
    if (met.length === 0) continue
    for (const it of outside) {
      const facts = it.with(met)
      found.set(facts.restrictedTo(asked), facts)
    }
  }
  return [...found.values()]
}

function patternsOf(criterion: Criterion): readonly DomainPattern[] {
  if (criterion.kind === 'Domains') return criterion.domains.patterns
  return criterion.kind === 'Set' && criterion.countsNames ? criterion.set.domains : []
}

function byText(one: DomainPattern, other: DomainPattern): number {
  return one.text < other.text ? -1 : 1
}
