/**
 * Small makers for schemas that are both typebox (they carry a TypeScript type) and structural in the sense
 * of Kubernetes' CustomResourceDefinitions (they are the OpenAPI document as they stand).
 *
 * An object is closed unless it says `x-kubernetes-preserve-unknown-fields`: a structural schema may not say
 * `additionalProperties: false` beside `properties`, so it is never written.
 */
import { type Static, type TProperties, type TSchema, Type } from 'typebox'

type Options = Readonly<Record<string, unknown>>

/** A string out of a fixed set, spelled exactly. */
export function choice<const Values extends readonly string[]>(values: Values, options: Options = {}) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options })
}

/** An integer or a string, as ports and protocols are. */
export function intOrString(options: Options = {}) {
  return Type.Unsafe<number | string>({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    ...options,
  })
}

export function stringMap(options: Options = {}) {
  return Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    ...options,
  })
}

/** A list that replaces as a whole. */
export function list<Item extends TSchema>(item: Item, options: Options = {}) {
  return Type.Array(item, { 'x-kubernetes-list-type': 'atomic', ...options })
}

/** A list without equal items. */
export function setOf<Item extends TSchema>(item: Item, options: Options = {}) {
  return Type.Array(item, { 'x-kubernetes-list-type': 'set', ...options })
}

/** A list whose items are told apart by some of their fields. */
export function listMap<Item extends TSchema>(item: Item, keys: readonly string[], options: Options = {}) {
  return Type.Array(item, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
    ...options,
  })
}

/** An object that keeps the fields it does not name. */
export function openObject<Properties extends TProperties>(properties: Properties, options: Options = {}) {
  return Type.Object(properties, { 'x-kubernetes-preserve-unknown-fields': true, ...options })
}

/** An object of which nothing is known. */
export function anyObject(options: Options = {}) {
  return Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    ...options,
  })
}

/** An RFC 3339 time. */
export function timestamp(options: Options = {}) {
  return Type.String({ format: 'date-time', ...options })
}

export { type Static, type TProperties, type TSchema, Type }
