/** Sets of HTTP requests for scripts. */
import type { RequestPart } from '@margay/policy'

/** Requests of one method, one path and such headers; `…` stands for all that no rule names. */
export interface PlainRequests {
  readonly method: string
  /** null: a path that can't be normalised, which no rule names. */
  readonly path: string | null
  /** All hold; absent where headers are of no matter. */
  readonly headers?: readonly PlainHeader[]
}

export interface PlainHeader {
  /** Lower case. */
  readonly name: string
  /** It may be absent. */
  readonly absent: boolean
  /** Or be one of these: `…` stands for every value that no rule lists, `a,…` for such as have `a` between commas. */
  readonly values: readonly string[]
}

export function plainRequests({ method, path, headers }: RequestPart): PlainRequests {
  const plain = headers.map(({ name, allowed }) => ({
    name,
    absent: allowed.isAbsent,
    values: allowed.values,
  }))
  return { method, path: path ?? null, ...(plain.length > 0 && { headers: plain }) }
}
