/** What the tables of this folder are made of. */
export interface RuleCases {
  /** In spec/api.md 2.1. */
  readonly rule: number
  readonly says: string
  readonly accepts: readonly unknown[]
  /** An input and the path of the issue that it must have; nothing else may be wrong with it. */
  readonly rejects: readonly (readonly [input: unknown, path: string])[]
}

/** Where the rule of `ingress` and that of `egress` stand. */
export const rule = 'spec.ingress[0]'
export const out = 'spec.egress[0]'
export const tcp = { protocol: 'TCP' }

export const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** A selector of so many characters. */
export const text = (length: number) => `a == "${'x'.repeat(length - 7)}"`
