/** The `fieldSelector` query parameter: `path=value`, `path==value` and `path!=value`, joined by commas. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { badRequest } from '../status/api-error.ts'

export interface FieldRequirement {
  readonly path: string
  readonly negated: boolean
  readonly value: string
  /** The object's own value; by default what stands at the path. */
  readonly read?: (resource: ResourceObject) => string
}

/** Selectable of every kind; kinds add their own. */
const commonFields = ['metadata.name', 'metadata.namespace']

export function parseFieldSelector(text: string, kind: KindDefinition): FieldRequirement[] {
  return partsOf(text).map((part) => parseRequirement(part, kind))
}

/** The requirements that can be read, of whatever kind the objects are: what decides about a request before its kind is known. */
export function readFieldSelector(text: string): FieldRequirement[] {
  return partsOf(text).flatMap((part) => readRequirement(part) ?? [])
}

/** An absent field compares as the empty string, as in Kubernetes. */
export function matchesFields(requirements: readonly FieldRequirement[], resource: ResourceObject): boolean {
  return requirements.every(
    ({ path, negated, value, read }) =>
      ((read?.(resource) ?? fieldText(resource, path)) === value) !== negated,
  )
}

/** The name that the selector pins, if it pins one: such a list reads a single key. */
export function requiredName(requirements: readonly FieldRequirement[]): string | undefined {
  return requirements.find(({ path, negated }) => path === 'metadata.name' && !negated)?.value
}

/** A comma behind a backslash is part of a value. */
function partsOf(text: string): string[] {
  return text.trim() === '' ? [] : text.split(/(?<!\\),/)
}

function parseRequirement(part: string, kind: KindDefinition): FieldRequirement {
  const requirement = readRequirement(part)
  if (requirement === undefined)
    throw badRequest(`invalid field selector "${part}": it should read path=value or path!=value`)
  const { path } = requirement
  const selectable = [...commonFields, ...kind.selectableFields]
  if (!selectable.includes(path)) {
    throw badRequest(
      `field label not supported: ${path}; ${kind.plural} can be selected by ${selectable.join(', ')}`,
    )
  }
  const read = kind.fieldValues[path]
  return read === undefined ? requirement : { ...requirement, read }
}

function readRequirement(part: string): FieldRequirement | undefined {
  const match = /^\s*([^=!\s]+)\s*(==|!=|=)(.*)$/.exec(part)
  if (match === null) return undefined
  const [, path = '', operator, value = ''] = match
  return { path, negated: operator === '!=', value: value.replace(/\\([\\,=])/g, '$1') }
}

function fieldText(resource: ResourceObject, path: string): string {
  let value: unknown = resource
  for (const step of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}
