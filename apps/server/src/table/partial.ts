/** An object's metadata alone. Source: Kubernetes API, meta/v1 PartialObjectMetadata. */
import type { ResourceObject } from '@margay/resources'

export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata'
  readonly apiVersion: string
  readonly metadata: ResourceObject['metadata']
}

export function toPartial(resource: ResourceObject, version: 'v1' | 'v1beta1'): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: resource.metadata }
}
