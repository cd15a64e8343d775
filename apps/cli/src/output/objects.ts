/** Objects as rows of a table, as names, or whole. */
import type { KindDefinition, PrinterColumn, ResourceObject } from '@margay/resources'
import { qualifiedObjectName } from '../api/resolve-kinds.ts'
import { formatAge } from './age.ts'

export interface RowOptions {
  readonly isWide: boolean
  /** For objects of several namespaces. */
  readonly withNamespace: boolean
  /** `tier.projectcalico.org/name` instead of `name`, for lists of several kinds. */
  readonly withKind: boolean
  readonly now: Date
}

export function headingsOf(kind: KindDefinition, options: RowOptions): string[] {
  const own = columnsOf(kind, options).map(({ name }) => name.toUpperCase())
  return [...(isPlaced(kind, options) ? ['NAMESPACE'] : []), 'NAME', ...own, 'AGE']
}

export function rowOf(kind: KindDefinition, object: ResourceObject, options: RowOptions): string[] {
  const { name, namespace = '', creationTimestamp } = object.metadata
  return [
    ...(isPlaced(kind, options) ? [namespace] : []),
    options.withKind ? qualifiedObjectName(kind, name) : name,
    ...columnsOf(kind, options).map((column) => cellOf(column, object, options.now)),
    formatAge(creationTimestamp, options.now),
  ]
}

/** Without what the server notes for its own use; kubectl hides it too. */
export function toShownObject(object: ResourceObject): ResourceObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function isPlaced(kind: KindDefinition, { withNamespace }: RowOptions): boolean {
  return withNamespace && kind.namespaced
}

/** Name and age are in every table, whatever the kind says. */
function columnsOf(kind: KindDefinition, { isWide }: RowOptions): PrinterColumn[] {
  return kind.printerColumns.filter(
    ({ name, priority }) => (isWide || priority === 0) && !['name', 'age'].includes(name.toLowerCase()),
  )
}

function cellOf({ type, value }: PrinterColumn, object: ResourceObject, now: Date): string {
  const cell = value(object)
  if (cell === null || cell === '') return '<none>'
  return type === 'date' ? formatAge(String(cell), now) : String(cell)
}
