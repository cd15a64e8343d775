/** What is there from the start: namespaces, the built-in tiers and profiles; and what a crash left half done is finished. */
import { builtInProfiles, builtInTiers, type KindDefinition } from '@margay/resources'
import { AlreadyExistsError } from '@margay/storage'
import { admitObject } from '../admission/admit-object.ts'
import { builtInNamespaces, namespaceKind } from '../admission/namespaces.ts'
import { profileKind } from '../admission/profiles.ts'
import { withServerStatus } from '../admission/server-status.ts'
import { tierKind } from '../admission/tiers.ts'
import type { Environment } from '../environment.ts'
import type { JsonObject } from '../json.ts'
import { removeOrMark } from './delete.ts'
import { keyOf, prefixOf } from './keys.ts'
import { terminateNamespace } from './namespace-lifecycle.ts'
import { completeNew } from './prepare.ts'

export function ensureBuiltIns(environment: Environment): Promise<void> {
  return environment.writes.run(async () => {
    const namespaces = builtInNamespaces.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }))
    for (const namespace of namespaces) await ensure(environment, namespaceKind(), namespace)
    for (const tier of builtInTiers) await ensure(environment, tierKind(), { ...tier })
    for (const profile of builtInProfiles) await ensure(environment, profileKind(), { ...profile })
    await finishTerminations(environment)
  })
}

async function ensure(
  { store, random, clock }: Environment,
  kind: KindDefinition,
  object: JsonObject,
): Promise<void> {
  const { resource } = admitObject(object, kind, 'Strict')
  const key = keyOf(kind, undefined, resource.metadata.name)
  if ((await store.get(key)) !== undefined) return
  try {
    const now = clock.now()
    await store.create(key, withServerStatus(kind, completeNew(resource, kind, random.uuid(), now), now))
  } catch (error) {
    // Another server on the same store, started at the same time, was first.
    if (!(error instanceof AlreadyExistsError)) throw error
  }
}

/** A namespace whose deletion was answered, or nearly so, when the server died. */
async function finishTerminations(environment: Environment): Promise<void> {
  const { objects } = await environment.store.list(prefixOf(namespaceKind()))
  for (const stored of objects) {
    if (stored.value.metadata.deletionTimestamp === undefined) continue
    await terminateNamespace(environment, stored, removeOrMark)
  }
}
