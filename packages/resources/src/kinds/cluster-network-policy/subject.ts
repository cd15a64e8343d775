import type { LabelSelector } from '../label-selector/schema.ts'

/** Whom a policy of the cluster's administrator is for, in any version of its API: exactly one of the two. */
export interface AnySubject {
  readonly namespaces?: LabelSelector
  /** An absent selector is as an empty one, which selects all. */
  readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector }
}
