/** Something that changed is in both lists, as two objects. */
export interface Delta<T> {
  readonly gone: readonly T[]
  readonly come: readonly T[]
}

export function isEmpty({ gone, come }: Delta<unknown>): boolean {
  return gone.length === 0 && come.length === 0
}
