/**
 * Rules between tiers and policies: a policy's tier exists, the built-in tiers stay, a tier with policies stays.
 *
 * Source  Calico v3 API, Tier (built-in tiers, deletion) and NetworkPolicy.spec.tier.
 */
import {
  builtInTiers,
  findKind,
  type KindDefinition,
  kindDefinitions,
  type ResourceObject,
} from '@margay/resources'
import type { Precondition, Store, StoredObject } from '@margay/storage'
import { isObject } from '../json.ts'
import { keyOf, prefixOf } from '../rest/keys.ts'
import { ApiError, conflict, forbidden, invalid, qualified } from '../status/api-error.ts'

export function tierKind(): KindDefinition {
  const kind = findKind('projectcalico.org/v3', 'Tier')
  if (kind === undefined) throw new Error('the resources room does not know Tier')
  return kind
}

/** A policy must be created in, or moved to, a tier that is there and stays. Resolves to what that rests on. */
export async function checkTierAccepts(
  store: Store,
  kind: KindDefinition,
  policy: ResourceObject,
  previous?: ResourceObject,
): Promise<readonly Precondition[]> {
  const tier = tierOf(kind, policy)
  if (tier === undefined || (previous !== undefined && tierOf(kind, previous) === tier)) return []
  const stored = await store.get(keyOf(tierKind(), undefined, tier))
  if (stored === undefined) throw await noSuchTier(store, kind, policy, tier)
  if (stored.value.metadata.deletionTimestamp !== undefined) {
    throw forbidden(kind, policy.metadata.name, `the tier "${tier}" is being deleted`)
  }
  return [{ key: stored.key, revision: stored.revision }]
}

/** Resolves to what that rests on: that no policy comes in. */
export async function checkTierDeletable(
  store: Store,
  kind: KindDefinition,
  name: string,
): Promise<readonly Precondition[]> {
  if (!isTierKind(kind)) return []
  if (builtInTiers.some(({ metadata }) => metadata.name === name))
    throw forbidden(kind, name, 'a built-in tier can not be deleted')
  const { policies, preconditions } = await policiesIn(store, name)
  if (policies.length === 0) return preconditions
  const shown = policies.slice(0, 5).join(', ') + (policies.length > 5 ? ', ...' : '')
  throw conflict(
    kind,
    name,
    `the tier still holds ${policies.length} policies (${shown}); move or delete them first`,
  )
}

export function isTierKind(kind: KindDefinition): boolean {
  return kind.group === 'projectcalico.org' && kind.plural === 'tiers'
}

/** Undefined for kinds without tiers. */
function tierOf(kind: KindDefinition, policy: ResourceObject): string | undefined {
  if (!kind.selectableFields.includes('spec.tier') || !isObject(policy.spec)) return undefined
  return typeof policy.spec.tier === 'string' ? policy.spec.tier : undefined
}

/** `KIND NAMESPACE/NAME` of every policy in the tier, and what tells that there are no others. */
async function policiesIn(
  store: Store,
  tier: string,
): Promise<{ readonly policies: string[]; readonly preconditions: Precondition[] }> {
  const kinds = kindDefinitions.filter((each) => each.selectableFields.includes('spec.tier'))
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const collection = prefixOf(kind)
      const { objects, revision } = await store.list(collection)
      const policies = objects.filter(({ value }) => tierOf(kind, value) === tier).map(describe)
      return { policies, precondition: { collection, revision } }
    }),
  )
  return {
    policies: found.flatMap(({ policies }) => policies),
    preconditions: found.map(({ precondition }) => precondition),
  }
}

function describe({ value: { kind, metadata } }: StoredObject): string {
  const { namespace, name } = metadata
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

async function noSuchTier(
  store: Store,
  kind: KindDefinition,
  policy: ResourceObject,
  tier: string,
): Promise<ApiError> {
  const { objects } = await store.list(prefixOf(tierKind()))
  const names = objects.map(({ value }) => value.metadata.name).join(', ')
  const message = `Not found: "${tier}": no such ${qualified(tierKind())}; there are ${names}`
  const base = invalid(kind, policy.metadata.name, [
    { path: 'spec.tier', reason: 'FieldValueInvalid', message },
  ])
  const causes = [{ reason: 'FieldValueNotFound', message, field: 'spec.tier' }]
  return new ApiError(base.code, base.reason, base.message, { details: { ...base.details, causes } })
}
