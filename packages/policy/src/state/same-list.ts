/** The same objects in the same order. */
export function isSameList<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((it, i) => it === right[i])
}
