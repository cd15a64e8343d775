/** For each of so many numbers that of its class: equal for those that are in the same lists, and 0 for those that are in none. */
export function classesBy(lists: Iterable<Iterable<number>>, size: number): Int32Array {
  const classes = new Int32Array(size)
  let count = 1
  for (const list of lists) {
    const split = new Map<number, number>()
    for (const it of new Set(list)) {
      const before = classes[it] as number
      const known = split.get(before)
      classes[it] = known ?? count
      if (known === undefined) split.set(before, count++)
    }
  }
  return classes
}
