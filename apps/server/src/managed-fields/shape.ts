/**
 * How a value is taken apart into fields that can have different managers.
 *
 * Maps and objects by field, lists of kind `map` and `set` by item; everything else changes hands as a whole. Where the
 * schema says nothing, objects are taken apart and lists are not.
 *
 * Source  Kubernetes API concepts, server-side apply, "Merge strategy".
 */
import type { JsonSchema } from '@margay/resources'
import { isObject } from '../json.ts'
import type { PathStep } from './field-set.ts'

export interface Part {
  readonly value: unknown
  readonly schema: JsonSchema | undefined
  /** Items of lists and entries of free maps are fields of their own, beside what is in them. */
  readonly isNamedField: boolean
}

export type Shape =
  | { readonly kind: 'Whole' }
  | { readonly kind: 'Fields'; readonly parts: ReadonlyMap<PathStep, Part> }
  | { readonly kind: 'Items'; readonly parts: ReadonlyMap<PathStep, Part> }

const whole: Shape = { kind: 'Whole' }

export function shapeOf(value: unknown, schema: JsonSchema | undefined): Shape {
  if (Array.isArray(value)) return shapeOfList(value, schema)
  if (!isObject(value) || schema?.['x-kubernetes-map-type'] === 'atomic') return whole
  const parts = Object.entries(value).map(([name, field]): [PathStep, Part] => {
    const named = schema?.properties?.[name]
    const part = {
      value: field,
      schema: named ?? schema?.additionalProperties,
      isNamedField: named !== undefined,
    }
    return [`f:${name}`, part]
  })
  return { kind: 'Fields', parts: new Map(parts) }
}

/** A list in which two items can't be told apart is one value. */
function shapeOfList(items: readonly unknown[], schema: JsonSchema | undefined): Shape {
  const type = schema?.['x-kubernetes-list-type']
  if (type !== 'map' && type !== 'set') return whole
  const parts = new Map<PathStep, Part>()
  for (const item of items) {
    const step = type === 'set' ? `v:${JSON.stringify(item)}` : keyStep(item, schema)
    if (step === undefined || parts.has(step)) return whole
    parts.set(step, { value: item, schema: schema?.items, isNamedField: false })
  }
  return { kind: 'Items', parts }
}

/** Keys that an item leaves out have their default. Undefined when one has none. */
function keyStep(item: unknown, schema: JsonSchema | undefined): PathStep | undefined {
  if (!isObject(item)) return undefined
  const keys: [string, unknown][] = []
  for (const key of [...(schema?.['x-kubernetes-list-map-keys'] ?? [])].sort()) {
    const value = item[key] ?? schema?.items?.properties?.[key]?.default
    if (value === undefined) return undefined
    keys.push([key, value])
  }
  return `k:${JSON.stringify(Object.fromEntries(keys))}`
}
