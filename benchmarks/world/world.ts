/** Whole worlds by size, the same in every run. */
import { admit, type Resource, type ResourceObject } from '@margay/resources'
import { namespaceCount, namespaceObject, podObject } from './pods.ts'
import { platformTier, policyObject } from './policies.ts'

export interface WorldSize {
  readonly pods: number
  readonly policies: number
}

/** In an order in which an API takes them: what others refer to comes first. */
export function worldObjects({ pods, policies }: WorldSize): ResourceObject[] {
  const namespaces = namespaceCount(pods)
  return [
    ...Array.from({ length: namespaces }, (_, index) => namespaceObject(index)),
    platformTier,
    ...Array.from({ length: pods }, (_, index) => podObject(index)),
    ...Array.from({ length: policies }, (_, index) => policyObject(index, namespaces)),
  ]
}

export function worldResources(size: WorldSize): Resource[] {
  return worldObjects(size).map(admitted)
}

/** @throws Error for an object that is not valid, since then the benchmark is wrong. */
export function admitted(object: ResourceObject): Resource {
  const admission = admit(object)
  if (admission.ok) return admission.resource
  throw new Error(`${object.kind} ${object.metadata.name} is not valid: ${JSON.stringify(admission.issues)}`)
}
