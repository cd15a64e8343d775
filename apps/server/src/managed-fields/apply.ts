/**
 * Server-side apply, and the bookkeeping of every other write: which fields come from whom.
 *
 * Holds  1. A field that two managers set differently is a conflict, unless the second one forces it.
 *        2. What a manager applied before and does not apply now goes, if nobody else manages it.
 *        3. Who writes a field without applying takes it from those who managed it.
 * Source Kubernetes API concepts, "Server-Side Apply".
 */
import type { JsonSchema } from '@margay/resources'
import { isObject, type JsonObject, jsonEquals, without } from '../json.ts'
import { type Comparison, compare } from './compare.ts'
import { type FieldPath, FieldSet } from './field-set.ts'
import { fieldsOf } from './fields-of.ts'
import {
  capUpdateManagers,
  formatManagers,
  keyOfManager,
  type ManagedFields,
  type Manager,
  type Managers,
  parseManagers,
} from './managers.ts'
import { merge, prune } from './merge.ts'

export interface WriteContext {
  readonly manager: Manager
  readonly schema: JsonSchema
  /** RFC 3339, to the second. */
  readonly now: string
}

export interface Conflict {
  readonly manager: Manager
  readonly fields: FieldSet
}

export class FieldConflictError extends Error {
  override readonly name = 'FieldConflictError'
  readonly conflicts: readonly Conflict[]

  constructor(conflicts: readonly Conflict[]) {
    super(`${conflicts.length} managers own fields that were applied with other values`)
    this.conflicts = conflicts
  }
}

/**
 * What `live` becomes by applying `config`; without metadata.managedFields, which `recordApply` makes once defaults and
 * validation had their say.
 */
export function applyConfig(
  live: JsonObject,
  config: JsonObject,
  { manager, schema }: WriteContext,
): JsonObject {
  const managers = parseManagers(managedFieldsOf(live))
  const previous = managers.get(keyOfManager(manager))?.fields ?? FieldSet.empty
  const merged = merge(unmanaged(live), unmanaged(config), schema)
  const others = unionOf(
    [...managers].filter(([key]) => key !== keyOfManager(manager)).map(([, entry]) => entry),
  )
  const kept = others.union(ownFields(config, schema, manager))
  return prune(merged, schema, previous, kept) as JsonObject
}

/** metadata.managedFields after an apply that turned `live` into `result`. @throws FieldConflictError unless forced */
export function recordApply(
  live: JsonObject,
  config: JsonObject,
  result: JsonObject,
  { isForced, ...context }: WriteContext & { readonly isForced: boolean },
): object[] {
  const { manager, schema, now } = context
  const managers = parseManagers(managedFieldsOf(live))
  const changes = changesBetween(live, result, context)
  const conflicts = conflictsOf(managers, manager, changes)
  if (conflicts.length > 0 && !isForced) throw new FieldConflictError(conflicts)
  const fields = ownFields(config, schema, manager)
  return formatManagers(
    withEntry(relinquish(managers, manager, changes, now), { manager, fields, time: now }),
  )
}

/** metadata.managedFields after any other write. */
export function recordUpdate(before: JsonObject, after: JsonObject, context: WriteContext): object[] {
  const { manager, now } = context
  const managers = managersWanted(before, after)
  const changes = changesBetween(before, after, context)
  const own = managers.get(keyOfManager(manager))?.fields ?? FieldSet.empty
  const fields = own.union(changes.added).union(changes.modified).difference(changes.removed)
  const updated = withEntry(relinquish(managers, manager, changes, now), { manager, fields, time: now })
  return formatManagers(capUpdateManagers(updated))
}

/** A client may take entries away, all of them by an empty list; it can't add any. */
function managersWanted(before: JsonObject, after: JsonObject): Managers {
  const stored = parseManagers(managedFieldsOf(before))
  const given = managedFieldsOf(after)
  if (!Array.isArray(given)) return stored
  const wanted = parseManagers(given)
  return new Map([...stored].filter(([key]) => wanted.has(key)))
}

function changesBetween(
  before: JsonObject,
  after: JsonObject,
  { schema, manager }: WriteContext,
): Comparison {
  const { added, modified, removed } = compare(unmanaged(before), unmanaged(after), schema)
  const relevant = (fields: FieldSet) => withoutServerFields(fields, manager)
  return { added: relevant(added), modified: relevant(modified), removed: relevant(removed) }
}

function conflictsOf(managers: Managers, self: Manager, { added, modified }: Comparison): Conflict[] {
  const changed = added.union(modified)
  return [...managers]
    .filter(([key]) => key !== keyOfManager(self))
    .map(([, { manager, fields }]) => ({ manager, fields: fields.intersection(changed) }))
    .filter(({ fields }) => !fields.isEmpty)
}

/** What was changed or removed is no longer theirs who had it. */
function relinquish(managers: Managers, self: Manager, changes: Comparison, now: string): Managers {
  const taken = changes.added.union(changes.modified).union(changes.removed)
  return new Map(
    [...managers].map(([key, entry]) => {
      if (key === keyOfManager(self)) return [key, entry]
      const fields = entry.fields.difference(taken)
      return [key, fields.equals(entry.fields) ? entry : { ...entry, fields, time: now }]
    }),
  )
}

/** The time of an entry stays while its fields do, so that a write that changes nothing changes nothing here either. */
function withEntry(managers: Managers, entry: ManagedFields): Managers {
  const key = keyOfManager(entry.manager)
  const before = managers.get(key)
  return new Map(managers).set(key, before?.fields.equals(entry.fields) === true ? before : entry)
}

function ownFields(config: JsonObject, schema: JsonSchema, manager: Manager): FieldSet {
  return withoutServerFields(fieldsOf(unmanaged(config), schema), manager)
}

function unionOf(entries: readonly ManagedFields[]): FieldSet {
  return entries.reduce((all, { fields }) => all.union(fields), FieldSet.empty)
}

/** Identity and what the server alone sets have no manager; status and the rest are managed by themselves. */
const serverFields: readonly FieldPath[] = [
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'uid',
    'generation',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]

function withoutServerFields(fields: FieldSet, { subresource }: Manager): FieldSet {
  const scoped = subresource === 'status' ? onlyStatus(fields) : fields
  const left = serverFields.reduce((set, path) => set.without(path), scoped)
  // metadata itself is always there: nobody brought it.
  const { children } = left.child('f:metadata')
  const metadata = new FieldSet(false, children)
  const all = new Map(left.children)
  if (metadata.isEmpty) all.delete('f:metadata')
  else all.set('f:metadata', metadata)
  return new FieldSet(false, all)
}

function onlyStatus(fields: FieldSet): FieldSet {
  const status = fields.children.get('f:status')
  return status === undefined ? FieldSet.empty : new FieldSet(false, new Map([['f:status', status]]))
}

function managedFieldsOf({ metadata }: JsonObject): unknown {
  return isObject(metadata) ? metadata.managedFields : undefined
}

function unmanaged(object: JsonObject): JsonObject {
  const { metadata } = object
  return isObject(metadata) ? { ...object, metadata: without(metadata, 'managedFields') } : object
}

/** Managed fields that differ only in times say the same. */
export function sameManagers(a: unknown, b: unknown): boolean {
  const timeless = (value: unknown) =>
    [...parseManagers(value)].map(([key, { fields }]) => [key, [...fields.paths()]]).sort()
  return jsonEquals(timeless(a), timeless(b))
}
