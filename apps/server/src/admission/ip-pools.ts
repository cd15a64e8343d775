/** Rules between IP pools. */
import {
  checkPoolOverlap,
  findKind,
  type IpPool,
  type KindDefinition,
  type ResourceObject,
} from '@margay/resources'
import type { Precondition, Store } from '@margay/storage'
import { prefixOf } from '../rest/keys.ts'
import { invalid } from '../status/api-error.ts'

/** Only new pools need asking: the addresses of a pool never change. Resolves to what that rests on: that no other pool comes. */
export async function checkNewPool(
  store: Store,
  kind: KindDefinition,
  pool: ResourceObject,
): Promise<readonly Precondition[]> {
  if (!isPoolKind(kind)) return []
  const collection = prefixOf(kind)
  const { objects, revision } = await store.list(collection)
  const others = objects.map(({ value }) => asPool(value))
  const issues = [...checkPoolOverlap(asPool(pool), others)]
  if (issues.length > 0) throw invalid(kind, pool.metadata.name, issues)
  return [{ collection, revision }]
}

export function isPoolKind(kind: KindDefinition): boolean {
  return kind === findKind('projectcalico.org/v3', 'IPPool')
}

/** Everything that is stored was admitted, so it has the shape of its kind. */
function asPool(object: ResourceObject): IpPool {
  return object as unknown as IpPool
}
