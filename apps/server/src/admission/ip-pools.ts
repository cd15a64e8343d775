/** Rules between IP pools. */
import {
  checkPoolOverlap,
  findKind,
  type IpPool,
  type KindDefinition,
  type ResourceObject,
} from '@margay/resources'
import type { Store } from '@margay/storage'
import { prefixOf } from '../rest/keys.ts'
import { invalid } from '../status/api-error.ts'

/** Only new pools need asking: the addresses of a pool never change. */
export async function checkNewPool(store: Store, kind: KindDefinition, pool: ResourceObject): Promise<void> {
  if (!isPoolKind(kind)) return
  const { objects } = await store.list(prefixOf(kind))
  const others = objects.map(({ value }) => asPool(value))
  const issues = [...checkPoolOverlap(asPool(pool), others)]
  if (issues.length > 0) throw invalid(kind, pool.metadata.name, issues)
}

export function isPoolKind(kind: KindDefinition): boolean {
  return kind === findKind('projectcalico.org/v3', 'IPPool')
}

/** Everything that is stored was admitted, so it has the shape of its kind. */
function asPool(object: ResourceObject): IpPool {
  return object as unknown as IpPool
}
