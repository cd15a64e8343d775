/**
 * What a request wants to do, and what is said to that.
 *
 * Source  Kubernetes authorization, "Review your request attributes"; its `authorizer.Attributes`.
 */
import type { User } from '../authentication/user.ts'

export interface ResourceAction {
  /** get, list, watch, create, update, patch, delete, deletecollection, or a verb of another kind, as `bind`. */
  readonly verb: string
  /** Empty for the core group. */
  readonly group: string
  /** Plural. */
  readonly resource: string
  /** Empty: the object itself. */
  readonly subresource: string
  /** Empty: the whole cluster. */
  readonly namespace: string
  /** Empty: no certain object. */
  readonly name: string
}

export interface PathAction {
  /** An HTTP method in lower case. */
  readonly verb: string
  readonly path: string
}

export type Action = ResourceAction | PathAction

export type Attributes = Action & { readonly user: User }

export interface Decision {
  /** `NoOpinion` permits nothing: another authorizer may, and if none does, it is refused. */
  readonly decision: 'Allow' | 'Deny' | 'NoOpinion'
  /** What allows or denies it, for people; may be empty. */
  readonly reason: string
}

/** Pure and quick: no reading, no waiting. */
export interface Authorizer {
  decide(attributes: Attributes): Decision
}

export const noOpinion: Decision = { decision: 'NoOpinion', reason: '' }

export function isPathAction(action: Action): action is PathAction {
  return 'path' in action
}

export function isAllowed({ decision }: Decision): boolean {
  return decision === 'Allow'
}

/** A resource action with nothing but what is given. */
export function resourceAction(
  given: Partial<ResourceAction> & Pick<ResourceAction, 'verb' | 'group' | 'resource'>,
): ResourceAction {
  return { subresource: '', namespace: '', name: '', ...given }
}
