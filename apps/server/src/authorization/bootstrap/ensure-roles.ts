/** Makes sure of the roles and bindings that are there from the start. */
import {
  type ClusterRole,
  type ClusterRoleBinding,
  findKind,
  type KindDefinition,
  type ResourceObject,
} from '@margay/resources'
import { AlreadyExistsError, ConflictError, type StoredObject } from '@margay/storage'
import { admitObject } from '../../admission/admit-object.ts'
import type { Environment } from '../../environment.ts'
import { keyOf } from '../../rest/keys.ts'
import { completeNew } from '../../rest/prepare.ts'
import { bootstrapBindings } from './bindings.ts'
import { kubernetesRoles } from './kubernetes-roles.ts'
import { margayRoles } from './margay-roles.ts'
import { reconcileBinding, reconcileRole, withBootstrapMarks } from './reconcile.ts'
import { apiVersion } from './rule.ts'

export function ensureBootstrapRoles(environment: Environment): Promise<void> {
  return environment.writes.run(async () => {
    for (const role of [...kubernetesRoles, ...margayRoles]) await ensure(environment, role, reconcileRole)
    for (const binding of bootstrapBindings) await ensure(environment, binding, reconcileBinding)
  })
}

/** Another server on the same store, started at the same time, may be first: it writes the same. */
async function ensure<T extends ClusterRole | ClusterRoleBinding>(
  environment: Environment,
  wanted: T,
  reconcile: (existing: T, wanted: T) => T,
): Promise<void> {
  const kind = findKind(apiVersion, wanted.kind)
  if (kind === undefined) throw new Error(`the resources room does not know ${wanted.kind}`)
  const key = keyOf(kind, undefined, wanted.metadata.name)
  const stored = await environment.store.get(key)
  try {
    if (stored === undefined) await create(environment, kind, key, withBootstrapMarks(wanted))
    else await update(environment, stored, reconcile(stored.value as unknown as T, wanted))
  } catch (error) {
    if (!(error instanceof AlreadyExistsError || error instanceof ConflictError)) throw error
  }
}

async function create(
  { store, random, clock }: Environment,
  kind: KindDefinition,
  key: string,
  wanted: ClusterRole | ClusterRoleBinding,
): Promise<void> {
  const { resource } = admitObject({ ...wanted }, kind, 'Strict')
  await store.create(key, completeNew(resource, kind, random.uuid(), clock.now()))
}

async function update(
  { store }: Environment,
  { key, value, revision }: StoredObject,
  updated: ClusterRole | ClusterRoleBinding,
): Promise<void> {
  const after = updated as unknown as ResourceObject
  if (after !== value) await store.update(key, after, revision)
}
