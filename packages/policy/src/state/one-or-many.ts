/** Things of which there is one, nearly always: a set for each would be most of the memory, and one more to go through. They are no sets themselves. */
export type OneOrMany<T> = T | Set<T>

/** `all` with one more; the same set, if it is one. */
export function withOne<T>(all: OneOrMany<T> | undefined, it: T): OneOrMany<T> {
  if (all === undefined || all === it) return it
  if (all instanceof Set) return all.add(it)
  return new Set([all, it])
}

/** `all` without it; undefined where nothing is left. */
export function withoutOne<T>(all: OneOrMany<T> | undefined, it: T): OneOrMany<T> | undefined {
  if (!(all instanceof Set)) return all === it ? undefined : all
  all.delete(it)
  return all.size === 0 ? undefined : all
}

export function countOf<T>(all: OneOrMany<T> | undefined): number {
  return all instanceof Set ? all.size : all === undefined ? 0 : 1
}

export function eachOf<T>(all: OneOrMany<T> | undefined, take: (it: T) => void): void {
  if (all instanceof Set) for (const it of all) take(it)
  else if (all !== undefined) take(all)
}
