/** The list itself, where all are: filtered, it would be a new one, with room for more. */
export function thoseThere<T>(list: readonly (T | undefined)[]): readonly T[] {
  return list.every(isThere) ? list : list.filter(isThere)
}

function isThere<T>(it: T | undefined): it is T {
  return it !== undefined
}
