/**
 * Strategic merge patch: a merge patch that merges some lists item by item and understands directives.
 *
 *   $patch: replace | delete | merge     on a map, or on an item of a merging list
 *   $retainKeys: [field, ...]            on a map: all other fields of the target go
 *   $deleteFromPrimitiveList/FIELD       values to take out of a list of plain values
 *   $setElementOrder/FIELD               the order of a merging list
 *
 * Source  Kubernetes community, "Strategic Merge Patch"; behaviour of kube-apiserver.
 */
import { isObject, type JsonObject, jsonEquals, without } from '../json.ts'
import { badRequest } from '../status/api-error.ts'
import type { ListMerge, MergeTable } from './merge-keys.ts'

const directive = '$patch'
const retainKeys = '$retainKeys'
const deletePrefix = '$deleteFromPrimitiveList/'
const orderPrefix = '$setElementOrder/'

/** Changes neither input. A patch that breaks the rules above is a 400. */
export function applyStrategicMergePatch(target: unknown, patch: unknown, table: MergeTable): unknown {
  if (!isObject(patch)) throw badRequest('a strategic merge patch is an object')
  return mergeMap(isObject(target) ? target : {}, patch, '', table)
}

function mergeMap(target: JsonObject, patch: JsonObject, path: string, table: MergeTable): JsonObject {
  switch (patch[directive]) {
    case 'replace':
      return withoutDirectives(without(patch, directive), path, table)
    case 'delete':
      return {}
    case undefined:
    case 'merge':
      return mergeFields(retain(target, patch, path), without(patch, directive, retainKeys), path, table)
    default:
      throw broken(path, `$patch is ${JSON.stringify(patch[directive])}; it must be replace, delete or merge`)
  }
}

function retain(target: JsonObject, patch: JsonObject, path: string): JsonObject {
  if (!Object.hasOwn(patch, retainKeys)) return { ...target }
  const keep = patch[retainKeys]
  if (!Array.isArray(keep)) throw broken(path, '$retainKeys is not a list')
  const fields = Object.keys(patch).filter((field) => !field.startsWith('$') && patch[field] !== null)
  const missing = fields.find((field) => !keep.includes(field))
  if (missing !== undefined) throw broken(path, `$retainKeys leaves out ${missing}, which the patch sets`)
  return Object.fromEntries(Object.entries(target).filter(([key]) => keep.includes(key)))
}

function mergeFields(target: JsonObject, patch: JsonObject, path: string, table: MergeTable): JsonObject {
  const result = target
  for (const field of fieldsOf(patch)) {
    const fieldPath = path === '' ? field : `${path}.${field}`
    const list = listPatch(patch, field, fieldPath)
    if (patch[field] === null) delete result[field]
    else if (isListField(result[field], list))
      setList(result, field, mergeList(result[field], list, fieldPath, table))
    else if (isObject(patch[field])) result[field] = mergeValue(result[field], patch[field], fieldPath, table)
    else if (Object.hasOwn(patch, field)) result[field] = patch[field]
  }
  return result
}

/** Fields that the patch sets, plus those that it only orders or takes from. */
function fieldsOf(patch: JsonObject): Set<string> {
  const names = Object.keys(patch).map((key) => key.replace(deletePrefix, '').replace(orderPrefix, ''))
  return new Set(names)
}

function mergeValue(target: unknown, patch: JsonObject, path: string, table: MergeTable): JsonObject {
  return mergeMap(isObject(target) ? target : {}, patch, path, table)
}

/** What a patch says about one list. */
interface ListPatch {
  readonly items: readonly unknown[] | undefined
  readonly remove: readonly unknown[]
  readonly order: readonly unknown[] | undefined
}

function listPatch(patch: JsonObject, field: string, path: string): ListPatch {
  const items = patch[field]
  return {
    items: Array.isArray(items) ? items : undefined,
    remove: listOf(patch, deletePrefix + field, path) ?? [],
    order: listOf(patch, orderPrefix + field, path),
  }
}

function listOf(patch: JsonObject, key: string, path: string): readonly unknown[] | undefined {
  if (!Object.hasOwn(patch, key)) return undefined
  const value = patch[key]
  if (!Array.isArray(value)) throw broken(path, `${key} is not a list`)
  return value
}

function isListField(target: unknown, { items, remove, order }: ListPatch): boolean {
  return items !== undefined || remove.length > 0 || (order !== undefined && Array.isArray(target))
}

/** Ordering or removing does not make a list that was not there. */
function setList(result: JsonObject, field: string, list: unknown[] | undefined): void {
  if (list !== undefined) result[field] = list
}

function mergeList(
  target: unknown,
  patch: ListPatch,
  path: string,
  table: MergeTable,
): unknown[] | undefined {
  const present: readonly unknown[] | undefined = Array.isArray(target) ? target : undefined
  if (present === undefined && patch.items === undefined) return undefined
  const merge = Object.hasOwn(table, path) ? table[path] : undefined
  if (merge === undefined) return [...(patch.items ?? present ?? [])]
  const { mergeKey } = merge
  return mergeKey === undefined
    ? mergePrimitives(present ?? [], patch)
    : mergeItems(present ?? [], patch, { ...merge, mergeKey }, path, table)
}

function mergePrimitives(present: readonly unknown[], { items, remove, order }: ListPatch): unknown[] {
  const kept = present.filter((value) => !remove.includes(value))
  const merged = [...new Set([...kept, ...(items ?? [])])]
  return inOrder(merged, present, order ?? items ?? [], (value) => value)
}

type KeyedMerge = ListMerge & { readonly mergeKey: string }

function mergeItems(
  present: readonly unknown[],
  patch: ListPatch,
  merge: KeyedMerge,
  path: string,
  table: MergeTable,
): unknown[] {
  const items = (patch.items ?? []).map((item) => checkedItem(item, path))
  const replaces = items.some((item) => item[directive] === 'replace')
  let result: unknown[] = replaces ? [] : [...present]
  for (const item of items) {
    if (item[directive] !== 'replace') result = mergeItem(result, item, merge, path, table)
    else if (Object.keys(item).length > 1)
      result.push(withoutDirectives(without(item, directive), path, table))
  }
  return inOrder(result, present, patch.order ?? items, (item) => keyOf(item, merge.mergeKey))
}

function mergeItem(
  list: readonly unknown[],
  item: JsonObject,
  { mergeKey }: KeyedMerge,
  path: string,
  table: MergeTable,
): unknown[] {
  const key = keyOf(item, mergeKey)
  if (key === undefined) throw broken(path, `an item of the patch lacks the merge key ${mergeKey}`)
  if (item[directive] === 'delete') return list.filter((other) => keyOf(other, mergeKey) !== key)
  const index = list.findIndex((other) => keyOf(other, mergeKey) === key)
  const merged = mergeValue(list[index], item, path, table)
  return index === -1 ? [...list, merged] : list.with(index, merged)
}

function checkedItem(item: unknown, path: string): JsonObject {
  if (!isObject(item)) throw broken(path, 'an item of the patch is not an object')
  return item
}

function keyOf(item: unknown, mergeKey: string): unknown {
  return isObject(item) ? item[mergeKey] : undefined
}

/**
 * The order is the one that the patch sets, else that of its own items. Listed elements take it; the others stay where
 * they were relative to the listed elements that were there before.
 */
function inOrder(
  merged: readonly unknown[],
  before: readonly unknown[],
  order: readonly unknown[],
  keyOfElement: (element: unknown) => unknown,
): unknown[] {
  const orderKeys = order.map(keyOfElement)
  const beforeKeys = before.map(keyOfElement)
  const isListed = (element: unknown): boolean => indexIn(orderKeys, keyOfElement(element)) >= 0
  const listed = merged
    .filter(isListed)
    .sort((a, b) => indexIn(orderKeys, keyOfElement(a)) - indexIn(orderKeys, keyOfElement(b)))
  const others = merged.filter((element) => !isListed(element))
  return interleave(others, listed, (element) => indexIn(beforeKeys, keyOfElement(element)))
}

function interleave(
  others: readonly unknown[],
  listed: readonly unknown[],
  positionBefore: (element: unknown) => number,
): unknown[] {
  const result: unknown[] = []
  const waiting = [...others]
  for (const element of listed) {
    const position = positionBefore(element)
    while (waiting.length > 0 && position >= 0 && positionBefore(waiting[0]) < position)
      result.push(waiting.shift())
    result.push(element)
  }
  return [...result, ...waiting]
}

function indexIn(keys: readonly unknown[], key: unknown): number {
  return keys.findIndex((other) => jsonEquals(other, key))
}

/** The content of a replacing patch: what would remain of it if merged into nothing. */
function withoutDirectives(patch: JsonObject, path: string, table: MergeTable): JsonObject {
  return mergeFields({}, without(patch, retainKeys), path, table)
}

function broken(path: string, why: string): Error {
  return badRequest(`invalid strategic merge patch${path === '' ? '' : ` at ${path}`}: ${why}`)
}
