/** Limits of lists: how many items, and which may not repeat. */
import { count, describe } from './describe.ts'
import { duplicate, type Issue, invalid, tooMany } from './issue.ts'
import type { JsonSchema } from './json-schema.ts'

export function* listIssues(schema: JsonSchema, items: readonly unknown[], path: string): Iterable<Issue> {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  if (items.length > maxItems)
    yield tooMany(path, `may have at most ${count(maxItems, 'item')}, but has ${items.length}`)
  if (items.length < minItems)
    yield invalid(path, `must have at least ${count(minItems, 'item')} or be left out`)
  yield* repeatedItems(schema, items, path)
}

function* repeatedItems(schema: JsonSchema, items: readonly unknown[], path: string): Iterable<Issue> {
  const keyOf = itemKey(schema)
  if (keyOf === undefined) return
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const key = keyOf(item)
    if (seen.has(key))
      yield duplicate(`${path}[${index}]`, `${describe(item)} is there already; each item may occur once`)
    seen.add(key)
  }
}

/** What tells items apart; undefined for lists that may repeat. */
function itemKey(schema: JsonSchema): ((item: unknown) => string) | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return scalarKey
    case 'map':
      return (item) =>
        (schema['x-kubernetes-list-map-keys'] ?? []).map((key) => scalarKey(fieldOf(item, key))).join()
    default:
      return undefined
  }
}

/** The type is part of it: 80 and "80" differ. Our sets hold scalars only; anything else was refused before. */
function scalarKey(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value)
    : typeof value === 'object'
      ? 'object'
      : String(value)
}

function fieldOf(item: unknown, key: string): unknown {
  if (typeof item !== 'object' || item === null) return undefined
  return Object.entries(item).find(([name]) => name === key)?.[1]
}
