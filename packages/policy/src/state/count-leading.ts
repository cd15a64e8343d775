/**
 * How many come first in a sorted list of which something is so. It must be so of no item after one of which it is not.
 * Cost: log2 of the length, in questions.
 */
export function countLeading<T>(sorted: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(sorted[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}
