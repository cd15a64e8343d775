/** Patterns by what they end with, so that a name asks only those that it could match. */
import { type DomainPattern, matchesDomain } from './domain-pattern.ts'

export class DomainIndex {
  readonly #exact = new Map<string, DomainPattern>()
  /** Those with a wildcard, by the labels behind it; none behind it: an empty text. */
  readonly #bySuffix = new Map<string, DomainPattern[]>()

  constructor(patterns: Iterable<DomainPattern>) {
    for (const pattern of patterns) this.#add(pattern)
  }

  /** Those that match, each once. `name` as `canonicalDomain` gives it. Cost: O(labels of the name, patterns with one of its ends). */
  matching(name: string): DomainPattern[] {
    const exact = this.#exact.get(name)
    const found = exact === undefined ? [] : [exact]
    for (const suffix of suffixesOf(name))
      for (const pattern of this.#bySuffix.get(suffix) ?? [])
        if (matchesDomain(pattern, name)) found.push(pattern)
    return found
  }

  #add(pattern: DomainPattern): void {
    if (pattern.around === undefined) {
      this.#exact.set(pattern.text, pattern)
      return
    }
    const suffix = pattern.around.behind.join('.')
    const known = this.#bySuffix.get(suffix) ?? []
    if (known.some(({ text }) => text === pattern.text)) return
    this.#bySuffix.set(suffix, [...known, pattern])
  }
}

/** `b.c`, `c`, and nothing, of `a.b.c`: a wildcard takes at least one label. */
function* suffixesOf(name: string): Generator<string> {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) yield name.slice(dot + 1)
  yield ''
}
