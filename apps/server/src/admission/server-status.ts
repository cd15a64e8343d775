/** What the server itself says in the status of an object. */
import {
  type IpPool,
  type KindDefinition,
  type ResourceObject,
  type Tier,
  withAllocatable,
  withReady,
} from '@margay/resources'
import { timestamp } from '../rest/prepare.ts'
import { isPoolKind } from './ip-pools.ts'
import { isTierKind } from './tiers.ts'

/** The object with it; kinds of which the server says nothing as they are. Stored objects have the shape of their kind. */
export function withServerStatus(kind: KindDefinition, object: ResourceObject, now: Date): ResourceObject {
  if (isPoolKind(kind)) return { ...withAllocatable(object as unknown as IpPool, timestamp(now)) }
  if (isTierKind(kind)) return { ...withReady(object as unknown as Tier, timestamp(now)) }
  return object
}
