/** Who manages which fields, as `metadata.managedFields` says it. Source: Kubernetes API, meta/v1 ManagedFieldsEntry. */
import { isObject } from '../json.ts'
import { FieldSet, fromFieldsV1, toFieldsV1 } from './field-set.ts'

export type Operation = 'Apply' | 'Update'

/** Whose fields these are. The same name has a set for each way of writing. */
export interface Manager {
  readonly name: string
  readonly operation: Operation
  readonly apiVersion: string
  readonly subresource: string | undefined
}

export interface ManagedFields {
  readonly manager: Manager
  readonly fields: FieldSet
  /** RFC 3339: when the set last changed. */
  readonly time: string
}

export type Managers = ReadonlyMap<string, ManagedFields>

export function keyOfManager({ name, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify([name, operation, apiVersion, subresource ?? ''])
}

/** Entries that can't be understood are left out. */
export function parseManagers(value: unknown): Managers {
  const entries = Array.isArray(value) ? value.filter(isObject) : []
  return new Map(
    entries.flatMap((entry): [string, ManagedFields][] => {
      const { manager: name, operation, apiVersion, subresource, time, fieldsV1 } = entry
      if (operation !== 'Apply' && operation !== 'Update') return []
      const manager: Manager = {
        name: String(name ?? ''),
        operation,
        apiVersion: String(apiVersion ?? ''),
        subresource: typeof subresource === 'string' && subresource !== '' ? subresource : undefined,
      }
      return [[keyOfManager(manager), { manager, fields: fromFieldsV1(fieldsV1), time: String(time ?? '') }]]
    }),
  )
}

/** Those who applied first, then by time, then by name; nobody without fields. */
export function formatManagers(managers: Managers): object[] {
  return [...managers.values()]
    .filter(({ fields }) => !fields.isEmpty)
    .sort(compareEntries)
    .map(({ manager: { name, operation, apiVersion, subresource }, fields, time }) => ({
      manager: name,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }))
}

function compareEntries(a: ManagedFields, b: ManagedFields): number {
  if (a.manager.operation !== b.manager.operation) return a.manager.operation === 'Apply' ? -1 : 1
  return a.time.localeCompare(b.time) || a.manager.name.localeCompare(b.manager.name)
}

/** So many managers of updates are told apart; the oldest of more are taken together. */
const maxUpdateManagers = 10
const ancient = 'ancient-changes'

export function capUpdateManagers(managers: Managers): Managers {
  const updates = [...managers].filter(([, { manager }]) => manager.operation === 'Update')
  const surplus = updates.length - maxUpdateManagers
  if (surplus <= 0) return managers
  const old = updates.sort(([, a], [, b]) => a.time.localeCompare(b.time)).slice(0, surplus + 1)
  const result = new Map(managers)
  for (const [key] of old) result.delete(key)
  for (const [, { manager, fields, time }] of old) {
    const taken = { ...manager, name: ancient }
    const before = result.get(keyOfManager(taken))?.fields ?? FieldSet.empty
    result.set(keyOfManager(taken), { manager: taken, fields: before.union(fields), time })
  }
  return result
}
