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
  const names = columnsOf(kind, options).map(({ name }) => name.toUpperCase())
  return isPlaced(kind, options) ? ['NAMESPACE', ...names] : names
}

export function rowOf(kind: KindDefinition, object: ResourceObject, options: RowOptions): string[] {
  const { name, namespace = '' } = object.metadata
  const cells = columnsOf(kind, options).map((column) =>
    options.withKind && column.name === 'Name'
      ? qualifiedObjectName(kind, name)
      : cellOf(column, object, options.now),
  )
  return isPlaced(kind, options) ? [namespace, ...cells] : cells
}

/** Without what the server notes for its own use; kubectl hides it too. */
export function toShownObject(object: ResourceObject): ResourceObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function isPlaced(kind: KindDefinition, { withNamespace }: RowOptions): boolean {
  return withNamespace && kind.namespaced
}

function columnsOf(kind: KindDefinition, { isWide }: RowOptions): PrinterColumn[] {
  return kind.printerColumns.filter(({ priority }) => isWide || priority === 0)
}

function cellOf({ type, value }: PrinterColumn, object: ResourceObject, now: Date): string {
  const cell = value(object)
  if (type === 'date') return formatAge(cell === null ? undefined : String(cell), now)
  return cell === null || cell === '' ? '<none>' : String(cell)
}
