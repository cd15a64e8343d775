/** An applied configuration on top of what is there; and what nobody wants any more taken out. */
import type { JsonSchema } from '@margay/resources'
import type { FieldSet, PathStep } from './field-set.ts'
import { type Part, shapeOf } from './shape.ts'

/** What the configuration sets wins; what it does not speak of stays. Undefined stands for absent. */
export function merge(live: unknown, config: unknown, schema: JsonSchema | undefined): unknown {
  if (config === undefined || live === undefined) return config ?? live
  const [left, right] = [shapeOf(live, schema), shapeOf(config, schema)]
  if (left.kind === 'Fields' && right.kind === 'Fields') return mergeFields(left.parts, right.parts)
  if (left.kind === 'Items' && right.kind === 'Items') return mergeItems(left.parts, right.parts)
  return config
}

type Parts = ReadonlyMap<PathStep, Part>

function mergeFields(live: Parts, config: Parts): object {
  const steps = new Set([...live.keys(), ...config.keys()])
  return Object.fromEntries(
    [...steps].map((step) => [step.slice(2), mergeParts(live.get(step), config.get(step))]),
  )
}

function mergeParts(live: Part | undefined, config: Part | undefined): unknown {
  return merge(live?.value, config?.value, (config ?? live)?.schema)
}

/** In the order of the configuration; items that only the live list has keep their place among their neighbours. */
function mergeItems(live: Parts, config: Parts): unknown[] {
  const merged: unknown[] = []
  const waiting = [...live.keys()]
  const takeLiveOnly = (): void => {
    while (waiting[0] !== undefined && !config.has(waiting[0]))
      merged.push(live.get(waiting.shift() ?? '')?.value)
  }
  takeLiveOnly()
  for (const [step, part] of config) {
    merged.push(mergeParts(live.get(step), part))
    const index = waiting.indexOf(step)
    if (index !== -1) waiting.splice(index, 1)
    if (index === 0) takeLiveOnly()
  }
  return [...merged, ...waiting.map((step) => live.get(step)?.value)]
}

/**
 * Takes out the fields of `remove`, unless `keep` holds them or something below them. Containers that get empty by that go
 * too: undefined when all is gone.
 */
export function prune(
  value: unknown,
  schema: JsonSchema | undefined,
  remove: FieldSet,
  keep: FieldSet,
): unknown {
  const shape = shapeOf(value, schema)
  if (shape.kind === 'Whole' || remove.children.size === 0) return value
  const left = [...shape.parts].flatMap(([step, part]): [PathStep, unknown][] => {
    const pruned = prunePart(part, remove.child(step), keep.child(step))
    return pruned === undefined ? [] : [[step, pruned]]
  })
  if (left.length === 0 && shape.parts.size > 0) return undefined
  if (shape.kind === 'Items') return left.map(([, item]) => item)
  return Object.fromEntries(left.map(([step, field]) => [step.slice(2), field]))
}

function prunePart({ value, schema }: Part, remove: FieldSet, keep: FieldSet): unknown {
  if (remove.isMember && keep.isEmpty) return undefined
  const pruned = prune(value, schema, remove, keep)
  return pruned === undefined && keep.isMember ? emptyLike(value) : pruned
}

/** Somebody wants the container, if nothing in it. */
function emptyLike(value: unknown): unknown {
  return Array.isArray(value) ? [] : {}
}
