/** A request for a resource whose kind was found: what every handler takes. */
import type { KindDefinition } from '@margay/resources'
import type { ApiRequest } from '../http/message.ts'

export interface ResourceRequest extends ApiRequest {
  readonly kind: KindDefinition
  /** Undefined for cluster-scoped kinds, and for lists over all namespaces. */
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: 'status' | undefined
}

export type NamedRequest = ResourceRequest & { readonly name: string }
