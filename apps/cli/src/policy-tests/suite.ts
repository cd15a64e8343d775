/** What a file of tests says, once it is understood. */
import type { ManifestDocument } from '@margay/resources'
import type { Query } from '../query/read-queries.ts'

/** One document of a file: connections that are judged over the same manifests. */
export interface Suite {
  /** As the user named it, or below it. */
  readonly file: string
  /** Paths as the program sees them: those of the document are relative to its file there. */
  readonly manifests: readonly string[]
  /** Objects that stand in the document itself. */
  readonly objects: readonly ManifestDocument[]
  readonly tests: readonly PolicyTest[]
}

export interface PolicyTest {
  readonly name: string
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Every one of them is expected to end alike. Never empty. */
  readonly connections: readonly Query[]
  readonly expect: 'Allow' | 'Deny'
  /** What must have decided on one of the sides, as `formatHit` writes it: `np:shop/db`, with or without `rule 0`. */
  readonly by: string | undefined
}
