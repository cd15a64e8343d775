import { countLeading } from './count-leading.ts'
import type { Delta } from './delta.ts'

type Compare<T> = (a: T, b: T) => number

/**
 * A copy without those that are gone and with those that came. Cost: one copy, and for each change a few comparisons and a move of what
 * follows; of many changes, a comparison for each item.
 */
export function edited<T>(sorted: readonly T[], changes: Delta<T>, compare: Compare<T>): T[] {
  const count = changes.gone.length + changes.come.length
  return 8 * count > sorted.length ? merged(sorted, changes, compare) : spliced(sorted, changes, compare)
}

function spliced<T>(sorted: readonly T[], { gone, come }: Delta<T>, compare: Compare<T>): T[] {
  const result = [...sorted]
  for (const item of gone) result.splice(positionOf(result, item, compare), 1)
  for (const item of come) result.splice(lowerBound(result, item, compare), 0, item)
  return result
}

function merged<T>(sorted: readonly T[], { gone, come }: Delta<T>, compare: Compare<T>): T[] {
  const left = new Set(gone)
  const result: T[] = []
  const added = come.toSorted(compare)
  let next = 0
  for (const item of sorted) {
    if (left.has(item)) continue
    for (let it = added[next]; it !== undefined && compare(it, item) < 0; it = added[next]) {
      result.push(it)
      next += 1
    }
    result.push(item)
  }
  return result.concat(added.slice(next))
}

/** Of the item itself, among others that compare as equal. */
function positionOf<T>(sorted: readonly T[], item: T, compare: Compare<T>): number {
  return sorted.indexOf(item, lowerBound(sorted, item, compare))
}

function lowerBound<T>(sorted: readonly T[], item: T, compare: Compare<T>): number {
  return countLeading(sorted, (it) => compare(it, item) < 0)
}
