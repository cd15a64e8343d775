/**
 * A list, watch or deletecollection of policies, narrowed to the tiers that the user may see.
 *
 * Holds   No policy of a tier that is not permitted is in the answer.
 * Source  spec/api.md section 6.
 */
import { tierLabel } from '@margay/resources'
import type { User } from '../../authentication/user.ts'
import type { Authorizer, ResourceAction } from '../attributes.ts'
import { refusal } from '../refusal.ts'
import { namedTiers } from './named-tiers.ts'
import { isPermittedInAllTiers, permittedTiers, requireTier } from './tier-rules.ts'

/** The query to go on with. Throws a 403 when nothing is permitted, or a tier that was asked for by name is not. */
export function narrowQuery(
  authorizer: Authorizer,
  user: User,
  action: ResourceAction,
  query: URLSearchParams,
  tiers: readonly string[],
): URLSearchParams {
  const named = namedTiers(query)
  if (named !== undefined) {
    for (const tier of named) requireTier(authorizer, user, action, tier)
    return query
  }
  if (isPermittedInAllTiers(authorizer, user, action)) return query
  const permitted = permittedTiers(authorizer, user, action, tiers)
  if (permitted.length === 0) throw refusal({ ...action, user }, 'no tier permits it')
  return withRequirement(query, `${tierLabel} in (${permitted.join(',')})`)
}

function withRequirement(query: URLSearchParams, requirement: string): URLSearchParams {
  const narrowed = new URLSearchParams(query)
  const selector = query.get('labelSelector') ?? ''
  narrowed.set('labelSelector', selector.trim() === '' ? requirement : `${selector},${requirement}`)
  return narrowed
}
