/** Something that changed is in both lists, as two objects. */
export interface Delta<T> {
  readonly gone: readonly T[]
  readonly come: readonly T[]
}

/** Nothing changed. */
export const unchanged: Delta<never> = { gone: [], come: [] }

export function isEmpty({ gone, come }: Delta<unknown>): boolean {
  return gone.length === 0 && come.length === 0
}
