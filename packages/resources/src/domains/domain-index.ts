/** Patterns by what they end with, so that a name asks only those that it could match. */
import { type DomainPattern, matchesDomain } from './domain-pattern.ts'

export class DomainIndex {
  readonly #exact = new Map<string, DomainPattern>()
  /** Those with a wildcard, by their text, by the labels behind it; none behind it: an empty text. */
  readonly #bySuffix = new Map<string, Map<string, DomainPattern>>()

  constructor(patterns: Iterable<DomainPattern> = []) {
    for (const pattern of patterns) this.add(pattern)
  }

  /** One that is there already is there once. */
  add(pattern: DomainPattern): void {
    const suffix = suffixOf(pattern)
    if (suffix === undefined) {
      this.#exact.set(pattern.text, pattern)
      return
    }
    const known = this.#bySuffix.get(suffix) ?? new Map<string, DomainPattern>()
    this.#bySuffix.set(suffix, known.set(pattern.text, pattern))
  }

  delete(pattern: DomainPattern): void {
    const suffix = suffixOf(pattern)
    if (suffix === undefined) {
      this.#exact.delete(pattern.text)
      return
    }
    const known = this.#bySuffix.get(suffix)
    known?.delete(pattern.text)
    if (known?.size === 0) this.#bySuffix.delete(suffix)
  }

  /** Those that match, each once. `name` as `canonicalDomain` gives it. Cost: O(labels of the name, patterns with one of its ends). */
  matching(name: string): DomainPattern[] {
    const exact = this.#exact.get(name)
    const found = exact === undefined ? [] : [exact]
    for (const suffix of suffixesOf(name))
      for (const pattern of this.#bySuffix.get(suffix)?.values() ?? [])
        if (matchesDomain(pattern, name)) found.push(pattern)
    return found
  }
}

/** Undefined without a wildcard. */
function suffixOf({ around }: DomainPattern): string | undefined {
  return around?.behind.join('.')
}

/** `b.c`, `c`, and nothing, of `a.b.c`: a wildcard takes at least one label. */
function* suffixesOf(name: string): Generator<string> {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) yield name.slice(dot + 1)
  yield ''
}
