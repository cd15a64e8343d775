/**
 * What policy would be if the staged policies were enforced: each takes the place of the policy of its name, and one that
 * deletes takes that away. Source: spec/api.md 1.3 and 7.
 */
import type { PolicyKind, Resource } from '@margay/resources'
import { enforcedForm } from '../analyze/enforced-form.ts'
import { enforcedKind } from '../lower/order.ts'
import type { Policy, PolicyRef } from '../model/policy.ts'

export type StagedResource = Extract<Resource, { readonly kind: `Staged${string}` }>

export interface StagedPolicies {
  readonly resources: readonly StagedResource[]
  /** Lowers the enforced form of one; problems are those of `ref`. */
  readonly lower: (enforced: Resource, ref: PolicyRef, staged: StagedResource) => readonly Policy[]
}

/** The staged ones keep their own kind, so that a decision names them. */
export function withStaged(enforced: readonly Policy[], { resources, lower }: StagedPolicies): Policy[] {
  const replaced = new Set(resources.map((it) => identityOf(refOf(it))))
  const kept = enforced.filter(({ ref }) => !replaced.has(identityOf(ref)))
  const staged = resources.flatMap((resource) => {
    const form = enforcedForm(resource)
    const ref = refOf(resource)
    const policies = form === undefined ? [] : lower(form, ref, resource)
    return policies.map((policy) => ({ ...policy, ref }))
  })
  return [...kept, ...staged]
}

function refOf({ kind, metadata: { name, namespace = '' } }: StagedResource): PolicyRef {
  return { kind: kind satisfies PolicyKind, namespace, name }
}

function identityOf({ kind, namespace, name }: PolicyRef): string {
  return `${enforcedKind(kind)} ${namespace}/${name}`
}
