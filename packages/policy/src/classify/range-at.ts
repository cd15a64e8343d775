/** The range that holds an address; ranges are ascending and apart. Cost: O(log ranges). */
export function rangeAt<Range extends { readonly first: bigint; readonly last: bigint }>(
  ranges: readonly Range[],
  address: bigint,
): Range | undefined {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const range = ranges[middle]
    if (range === undefined) return undefined
    if (address < range.first) high = middle
    else if (address > range.last) low = middle + 1
    else return range
  }
  return undefined
}
