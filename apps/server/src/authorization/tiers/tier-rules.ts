/**
 * Who may do what with the policies of a tier.
 *
 * A policy's own resource is never asked for: what counts is `get` on its tier, and the verb on `tier.RESOURCE`, for the
 * policy by name, for `TIER.*`, or for all.
 *
 * Source  spec/api.md section 6; Calico's `authorizer.AuthorizeTierOperation`.
 */
import type { User } from '../../authentication/user.ts'
import type { ApiError } from '../../status/api-error.ts'
import { type Authorizer, isAllowed, type ResourceAction, resourceAction } from '../attributes.ts'
import { forbiddenResource } from '../refusal.ts'

export const calicoGroup = 'projectcalico.org'

const tieredResources = new Set([
  'networkpolicies',
  'globalnetworkpolicies',
  'stagednetworkpolicies',
  'stagedglobalnetworkpolicies',
])

export function isTiered({ group, resource }: Pick<ResourceAction, 'group' | 'resource'>): boolean {
  return group === calicoGroup && tieredResources.has(resource)
}

export type TierAnswer = 'Allowed' | 'NoTier' | 'NoPolicy'

/** `NoTier`: the user may not even see the tier. */
export function askTier(
  authorizer: Authorizer,
  user: User,
  action: ResourceAction,
  tier: string,
): TierAnswer {
  if (!mayGetTier(authorizer, user, tier)) return 'NoTier'
  const asked = { ...action, user, resource: `tier.${action.resource}` }
  const isPermitted =
    isAllowed(authorizer.decide(asked)) || isAllowed(authorizer.decide({ ...asked, name: `${tier}.*` }))
  return isPermitted ? 'Allowed' : 'NoPolicy'
}

/** Throws a 403 that names the tier. */
export function requireTier(authorizer: Authorizer, user: User, action: ResourceAction, tier: string): void {
  const answer = askTier(authorizer, user, action, tier)
  if (answer !== 'Allowed') throw tierRefusal(user, action, tier, answer)
}

/** The tiers in which the action is permitted, in the given order. */
export function permittedTiers(
  authorizer: Authorizer,
  user: User,
  action: ResourceAction,
  tiers: readonly string[],
): string[] {
  return tiers.filter((tier) => askTier(authorizer, user, action, tier) === 'Allowed')
}

/** Whether the action is permitted in every tier, also in those that are yet to come. */
export function isPermittedInAllTiers(authorizer: Authorizer, user: User, action: ResourceAction): boolean {
  const unnamed = { ...action, user, resource: `tier.${action.resource}` }
  return mayGetTier(authorizer, user, '') && isAllowed(authorizer.decide(unnamed))
}

function mayGetTier(authorizer: Authorizer, user: User, tier: string): boolean {
  const get = resourceAction({ verb: 'get', group: calicoGroup, resource: 'tiers', name: tier })
  return isAllowed(authorizer.decide({ ...get, user }))
}

function tierRefusal(user: User, action: ResourceAction, tier: string, answer: TierAnswer): ApiError {
  const { verb, resource, namespace } = action
  const who = `User ${JSON.stringify(user.name)} cannot ${verb} ${resource}.${calicoGroup}`
  const where = namespace === '' ? '' : ` and namespace "${namespace}"`
  const why = answer === 'NoTier' ? ' (user cannot get tier)' : ''
  return forbiddenResource(action, `${who} in tier "${tier}"${where}${why}`)
}
