/**
 * Objects as the table that `kubectl get` prints. Pure.
 *
 * Source  Kubernetes API, meta/v1 Table.
 */
import type { KindDefinition, PrinterColumn, ResourceObject } from '@margay/resources'
import { badRequest } from '../status/api-error.ts'
import { formatAge } from './age.ts'
import { toPartial } from './partial.ts'

export interface ColumnDefinition {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
}

export interface TableRow {
  readonly cells: readonly unknown[]
  readonly object?: unknown
}

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: string
  readonly metadata: object
  readonly columnDefinitions: readonly ColumnDefinition[]
  readonly rows: readonly TableRow[]
}

/** What comes along with each row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface TableOptions {
  readonly version: 'v1' | 'v1beta1'
  /** Of the list, or of the single object. */
  readonly metadata: object
  readonly include: IncludeObject
  readonly now: Date
}

export function renderTable(
  kind: KindDefinition,
  resources: readonly ResourceObject[],
  { version, metadata, include, now }: TableOptions,
): Table {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columnDefinitionsOf(kind),
    rows: resources.map((resource) => renderRow(kind, resource, version, include, now)),
  }
}

/** The client's choice of what comes with each row; Metadata by default. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw badRequest(`includeObject is "${value}"; it must be None, Metadata or Object`)
}

function columnDefinitionsOf(kind: KindDefinition): ColumnDefinition[] {
  return kind.printerColumns.map(({ name, type, description, priority }) => ({
    name,
    type: type === 'date' ? 'string' : type,
    format: name === 'Name' ? 'name' : '',
    description,
    priority,
  }))
}

function renderRow(
  kind: KindDefinition,
  resource: ResourceObject,
  version: 'v1' | 'v1beta1',
  include: IncludeObject,
  now: Date,
): TableRow {
  const cells = kind.printerColumns.map((column) => cellOf(column, resource, now))
  if (include === 'None') return { cells }
  return { cells, object: include === 'Object' ? resource : toPartial(resource, version) }
}

function cellOf({ type, value }: PrinterColumn, resource: ResourceObject, now: Date): unknown {
  const cell = value(resource)
  return type === 'date' ? ageOf(cell === null ? undefined : String(cell), now) : cell
}

function ageOf(time: string | undefined, now: Date): string {
  const created = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(created) ? '<unknown>' : formatAge(now.getTime() - created)
}
