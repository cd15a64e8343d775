/** Fields that are there in some of the cases only. */
import fc from 'fast-check'

/** Undefined unless chance, `percent` of 100, wills otherwise; shrinks to undefined. */
export function maybe<T>(percent: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { withCrossShrink: true },
    // Weights are whole numbers: a thousandth is fine enough.
    { weight: Math.round(1000 - 10 * percent), arbitrary: fc.constant(undefined) },
    { weight: Math.round(10 * percent), arbitrary: value },
  )
}

/** `fc.record`, without the fields that came out undefined. */
export function record<T extends object>(
  model: {
    [K in keyof T]: fc.Arbitrary<T[K]>
  },
): fc.Arbitrary<Compact<T>> {
  return fc.record(model).map((fields) => compact(fields as T))
}

/** Fields that may be undefined become fields that may be absent. */
export type Compact<T> = {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
} & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }

export function compact<T extends object>(fields: T): Compact<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Compact<T>
}

/** Each by its own chance, `percent` of 100, in their order. */
export function someOf<T>(all: readonly fc.Arbitrary<T>[], percent: number): fc.Arbitrary<T[]> {
  return fc
    .tuple(...all.map((one) => maybe(percent, one)))
    .map((chosen) => chosen.filter((one) => one !== undefined) as T[])
}
