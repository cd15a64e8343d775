/** What metadata says of other objects and parties. Source: Kubernetes API validation of meta/v1 ObjectMeta. */
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid, required } from '../../schema/issue.ts'
import { isQualifiedName } from './names.ts'
import type { ObjectMeta } from './object-meta.ts'

export function* checkFinalizers({ finalizers = [] }: ObjectMeta): Iterable<Issue> {
  for (const [index, name] of finalizers.entries()) {
    if (isQualifiedName(name)) continue
    yield invalid(
      `metadata.finalizers[${index}]`,
      `must be a name such as example.org/cleanup, but is ${describe(name)}`,
    )
  }
}

/** An owner is named in full, and at most one of them is the controller. */
export function* checkOwners({ ownerReferences = [] }: ObjectMeta): Iterable<Issue> {
  for (const [index, owner] of ownerReferences.entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (owner[field] === '')
        yield required(`metadata.ownerReferences[${index}].${field}`, 'must not be empty')
    }
  }
  const controllers = [...ownerReferences.entries()].filter(([, { controller }]) => controller === true)
  for (const [index] of controllers.slice(1)) {
    yield invalid(
      `metadata.ownerReferences[${index}].controller`,
      'must not be true: another owner is the controller already',
    )
  }
}
