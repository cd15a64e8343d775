/** A request for a resource whose kind was found: what every handler takes. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { Precondition } from '@margay/storage'
import type { ApiRequest } from '../http/message.ts'

/** What the user may do with the objects that a request turns out to be about. All throw a 403. */
export interface ObjectAccess {
  /** The object that the request names, as it stands. */
  checkStored(stored: ResourceObject): void
  /** There is no such object: may the user know that? */
  checkMissing(): void
  /** What a write would leave; `before` is undefined for a new object. Resolves to what the decision rests on. */
  checkWrite(after: ResourceObject, before: ResourceObject | undefined): Promise<readonly Precondition[]>
}

export interface ResourceRequest extends ApiRequest {
  readonly kind: KindDefinition
  /** Undefined for cluster-scoped kinds, and for lists over all namespaces. */
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: 'status' | undefined
  readonly access: ObjectAccess
}

export type NamedRequest = ResourceRequest & { readonly name: string }
