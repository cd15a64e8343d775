import type { TSchema } from 'typebox'
import type { Issue } from '../schema/issue.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { NameFormat } from './meta/name-format.ts'
import type { ResourceObject } from './resource.ts'

/** A column of `kubectl get`; kubectl itself puts NAMESPACE before. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly description: string
  /** 1: only in wide output. A `date` is shown as the time since then. */
  readonly priority: 0 | 1
  /** Null shows as nothing. */
  readonly value: (resource: ResourceObject) => string | number | null
}

/** All that is known of a kind. */
export interface KindDefinition {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  /** Whether `/status` is a resource of its own. */
  readonly hasStatus: boolean
  /** Of the whole object: a structural OpenAPI v3 schema. */
  readonly schema: JsonSchema
  readonly nameFormat: NameFormat
  /** Of an object that has none, for kinds of which there is one object; undefined: a name is required. */
  readonly defaultName: string | undefined
  /** What the schema can't say. Takes an object that has the schema's shape and its defaults. */
  readonly validate: (resource: ResourceObject) => Issue[]
  /** Paths of fields that keep their first value. */
  readonly immutableFields: readonly string[]
  /** Defaults that depend on other fields; changes its argument, which has the schema's shape. Idempotent. */
  readonly applyDefaults: (resource: ResourceObject) => void
  readonly printerColumns: readonly PrinterColumn[]
  /** For field selectors, beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[]
  /** What a field selector compares with, for those of the selectable fields that are no plain path. */
  readonly fieldValues: Readonly<Record<string, (resource: ResourceObject) => string>>
}

/** A kind as its folder describes it; `R` is the static type of `schema`. */
export interface KindSource<R> {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly hasStatus?: boolean
  readonly schema: TSchema
  readonly nameFormat: NameFormat
  readonly defaultName?: string
  readonly validate?: (resource: R) => Iterable<Issue>
  readonly immutableFields?: readonly string[]
  readonly applyDefaults?: (resource: R) => void
  /** NAME comes before them, and AGE before the wide ones. */
  readonly printerColumns?: readonly ColumnSource<R>[]
  /** They are all: no NAME and no AGE but those among them. */
  readonly isWholeTable?: boolean
  readonly selectableFields?: readonly string[]
  readonly fieldValues?: Readonly<Record<string, (resource: R) => string | boolean | undefined>>
}

export interface ColumnSource<R> {
  readonly name: string
  readonly type?: PrinterColumn['type']
  readonly description: string
  readonly wide?: boolean
  readonly value: (resource: R) => string | number | null | undefined
}

/** The one place where an object's type is taken on trust: the schema's type, because the schema was checked. */
export function defineKind<R extends object>(source: KindSource<R>): KindDefinition {
  const typed = (resource: ResourceObject) => resource as unknown as R
  const [version = '', group = ''] = source.apiVersion.split('/').reverse()
  return {
    group,
    version,
    apiVersion: source.apiVersion,
    kind: source.kind,
    plural: source.plural,
    singular: source.kind.toLowerCase(),
    shortNames: source.shortNames ?? [],
    categories: source.categories ?? [],
    namespaced: source.namespaced,
    hasStatus: source.hasStatus ?? false,
    schema: source.schema as JsonSchema,
    nameFormat: source.nameFormat,
    defaultName: source.defaultName,
    validate: (resource) => [...(source.validate?.(typed(resource)) ?? [])],
    immutableFields: source.immutableFields ?? [],
    applyDefaults: (resource) => source.applyDefaults?.(typed(resource)),
    printerColumns: tableOf(source).map((column) => ({
      name: column.name,
      type: column.type ?? 'string',
      description: column.description,
      priority: column.wide === true ? 1 : 0,
      value: (resource) => column.value(typed(resource)) ?? null,
    })),
    selectableFields: [...(source.selectableFields ?? []), ...Object.keys(source.fieldValues ?? {})],
    fieldValues: Object.fromEntries(
      Object.entries(source.fieldValues ?? {}).map(([label, value]) => [
        label,
        (resource: ResourceObject) => String(value(typed(resource)) ?? ''),
      ]),
    ),
  }
}

function tableOf<R extends object>({
  printerColumns: own = [],
  isWholeTable = false,
}: KindSource<R>): ColumnSource<R>[] {
  if (isWholeTable) return [...own]
  const isWide = ({ wide = false }: ColumnSource<R>) => wide
  const metadataOf = (resource: R) => (resource as unknown as ResourceObject).metadata
  const name: ColumnSource<R> = {
    name: 'Name',
    description: 'Name of the object.',
    value: (resource) => metadataOf(resource).name,
  }
  const age: ColumnSource<R> = {
    name: 'Age',
    type: 'date',
    description: 'Time since it was created.',
    value: (resource) => metadataOf(resource).creationTimestamp,
  }
  return [name, ...own.filter((column) => !isWide(column)), age, ...own.filter(isWide)]
}
