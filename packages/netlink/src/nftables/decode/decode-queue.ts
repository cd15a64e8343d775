/** The two expressions that hand packets to a program. Undefined: not exactly one of the model's. */
import type { Attributes } from '../../message/attributes.ts'
import { QUEUE_FLAG_BYPASS, queueTarget } from '../constants.ts'
import type { QueueExpression, QueueTargetExpression } from '../model.ts'

/** One queue only, whose number is in the rule. */
export function readQueue(fields: Attributes): QueueExpression | undefined {
  const [number, total, flags] = [1, 2, 3].map((type) => fields.find(type)?.u16Be())
  const bypass = bypassOf(flags ?? 0)
  if (number === undefined || (total ?? 1) !== 1 || bypass === undefined) return undefined
  return { type: 'queue', number, ...bypass }
}

export function readQueueTarget(fields: Attributes): QueueTargetExpression | undefined {
  const [name, revision, info] = [fields.need(1).string(), fields.need(2).u32Be(), fields.need(3)]
  if (name !== queueTarget.name || revision !== queueTarget.revision || info.length !== queueTarget.infoBytes)
    return undefined
  const bypass = bypassOf(info.u16(4))
  if (info.u16(2) !== 1 || info.u16(6) !== 0 || bypass === undefined) return undefined
  return { type: 'nfqueue-target', number: info.u16(0), ...bypass }
}

/** Undefined when there are flags that the model does not have. */
function bypassOf(flags: number): { readonly bypass?: true } | undefined {
  if ((flags & ~QUEUE_FLAG_BYPASS) !== 0) return undefined
  return flags === 0 ? {} : { bypass: true }
}
