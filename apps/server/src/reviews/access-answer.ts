/**
 * What an access review answers.
 *
 * For policies in tiers the question alone does not say which tier is meant: if the policy is there, its own counts, else it
 * is enough that some tier permits the action, and the reason says which.
 *
 * Source  Kubernetes API, authorization.k8s.io/v1 SubjectAccessReviewStatus; spec/api.md section 6.
 */
import { findKindByPlural } from '@margay/resources'
import type { Store } from '@margay/storage'
import type { User } from '../authentication/user.ts'
import { type Action, type Decision, isPathAction, type ResourceAction } from '../authorization/attributes.ts'
import type { Access } from '../authorization/request-access.ts'
import { isTiered, permittedTiers } from '../authorization/tiers/tier-rules.ts'
import { isObject } from '../json.ts'
import { keyOf } from '../rest/keys.ts'

export async function accessStatus(
  store: Pick<Store, 'get'>,
  access: Access,
  user: User,
  action: Action,
): Promise<object> {
  const { decision, reason } =
    !isPathAction(action) && isTiered(action)
      ? await decideInTiers(store, access, user, action)
      : access.authorizer.decide({ ...action, user })
  return {
    allowed: decision === 'Allow',
    ...(decision === 'Deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  }
}

async function decideInTiers(
  store: Pick<Store, 'get'>,
  { authorizer, rights }: Access,
  user: User,
  action: ResourceAction,
): Promise<Decision> {
  const own = await tierOfNamed(store, action)
  const permitted = permittedTiers(authorizer, user, action, own === undefined ? rights.tiers : [own])
  if (permitted.length > 0) return { decision: 'Allow', reason: `permitted in tier ${permitted.join(', ')}` }
  const where = own === undefined ? 'no tier permits it' : `tier "${own}" does not permit it`
  return { decision: 'NoOpinion', reason: where }
}

async function tierOfNamed(store: Pick<Store, 'get'>, action: ResourceAction): Promise<string | undefined> {
  const { group, resource, namespace, name } = action
  const kind = findKindByPlural(group, 'v3', resource)
  if (kind === undefined || name === '' || (kind.namespaced && namespace === '')) return undefined
  const spec = (await store.get(keyOf(kind, namespace, name)))?.value.spec
  return isObject(spec) && typeof spec.tier === 'string' ? spec.tier : undefined
}
