import type { Delta } from './delta.ts'

type Compare<T> = (a: T, b: T) => number

/** A copy without those that are gone and with those that came. Cost: one copy, and for each change a few comparisons and a move of what follows. */
export function edited<T>(sorted: readonly T[], { gone, come }: Delta<T>, compare: Compare<T>): T[] {
  const result = [...sorted]
  for (const item of gone) result.splice(positionOf(result, item, compare), 1)
  // In order, so that a list that was empty only grows at its end.
  for (const item of come.toSorted(compare)) result.splice(lowerBound(result, item, compare), 0, item)
  return result
}

/** Of the item itself, among others that compare as equal. */
function positionOf<T>(sorted: readonly T[], item: T, compare: Compare<T>): number {
  return sorted.indexOf(item, lowerBound(sorted, item, compare))
}

/** How many come before the item. */
function lowerBound<T>(sorted: readonly T[], item: T, compare: Compare<T>): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(sorted[middle] as T, item) < 0) low = middle + 1
    else high = middle
  }
  return low
}
