/**
 * Admission: may this object be stored, and in which form?
 *
 * Input   Anything; it is never changed.
 * Output  The object with defaults and without unknown fields, or every issue at once. Never throws on JSON. Where it says what the
 *         input says, it is the input's very objects and lists: whoever changes one of the two later copies it first.
 * Order   Shape and defaults from the schema, then defaults that depend on other fields, then the rules.
 * Holds   admit(admit(x).resource) is admit(x), and the same object.
 */

import { conform, maxIssues } from '../schema/conform.ts'
import { describe, quote } from '../schema/describe.ts'
import { forbidden, type Issue, notSupported, required, wrongType } from '../schema/issue.ts'
import { shareUnchanged } from '../schema/share-unchanged.ts'
import { withDefaultName } from './default-name.ts'
import type { KindDefinition } from './kind-definition.ts'
import { checkMetadata } from './meta/check-metadata.ts'
import { findKind, kindDefinitions } from './registry.ts'
import type { Resource, ResourceObject } from './resource.ts'

export type Admission =
  | {
      readonly ok: true
      readonly resource: Resource
      readonly kind: KindDefinition
      /** What was taken differently than written. */
      readonly warnings: readonly Issue[]
    }
  | { readonly ok: false; readonly issues: readonly Issue[] }

export interface AdmitOptions {
  /** What to do about fields that the kind does not have. By default they are refused. */
  readonly unknownFields?: 'reject' | 'warn' | 'drop'
}

export function admit(input: unknown, { unknownFields = 'reject' }: AdmitOptions = {}): Admission {
  const kind = kindOf(input)
  if ('path' in kind) return { ok: false, issues: [kind] }
  const shape = conform(kind.schema, withDefaultName(kind, input))
  const structural = unknownFields === 'reject' ? [...shape.issues, ...shape.unknownFields] : shape.issues
  const resource = shape.value as ResourceObject
  dropHollow(resource.metadata)
  const warnings = unknownFields === 'warn' ? [...shape.unknownFields] : []
  warnings.push(...placeInNamespace(kind, resource))
  const meaning = shape.isComplete ? checkMeaning(kind, resource) : []
  const issues = [...structural, ...withoutEchoes(meaning, shape.issues)]
  if (issues.length > 0) return { ok: false, issues }
  return { ok: true, resource: shareUnchanged(input, resource) as Resource, kind, warnings }
}

function kindOf(input: unknown): KindDefinition | Issue {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return wrongType('', `must be an object with apiVersion, kind and metadata, but is ${describe(input)}`)
  }
  const { apiVersion, kind } = input as { apiVersion?: unknown; kind?: unknown }
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return required('apiVersion', 'is required, such as v1')
  if (typeof kind !== 'string' || kind === '') return required('kind', 'is required, such as Pod')
  return findKind(apiVersion, kind) ?? unknownKind(apiVersion, kind)
}

function unknownKind(apiVersion: string, kind: string): Issue {
  const known = kindDefinitions.map((definition) => `${definition.apiVersion} ${definition.kind}`).join(', ')
  return notSupported(
    'kind',
    `${quote(kind)} of ${quote(apiVersion)} is not a known kind; known are ${known}`,
  )
}

/** As Kubernetes keeps metadata: an empty map, list or text is the same as none, and no difference to show. */
function dropHollow(metadata: ResourceObject['metadata']): void {
  const fields = metadata as unknown as Record<string, unknown>
  for (const [field, value] of Object.entries(fields)) {
    const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
    if (field !== 'name' && (isEmpty || value === '')) delete fields[field]
  }
}

/** As an API server does: `default` where a namespace is missing, none for objects of the whole cluster. */
function placeInNamespace(kind: KindDefinition, { metadata }: ResourceObject): Issue[] {
  const { namespace = '' } = metadata
  if (kind.namespaced) {
    metadata.namespace = namespace === '' ? 'default' : namespace
    return []
  }
  delete metadata.namespace
  return namespace === ''
    ? []
    : [forbidden('metadata.namespace', `is ignored: a ${kind.kind} belongs to no namespace`)]
}

function checkMeaning(kind: KindDefinition, resource: ResourceObject): Issue[] {
  kind.applyDefaults(resource)
  return [...checkMetadata(resource.metadata, kind.nameFormat), ...firstOf(kind.validate(resource))]
}

function* firstOf(issues: Iterable<Issue>): Iterable<Issue> {
  let left = maxIssues
  for (const issue of issues) {
    if (left === 0) return
    left -= 1
    yield issue
  }
}

/**
 * Where the shape of an object was wrong, something stands in for the wrong part, and rules that look at it would
 * speak of things that nobody wrote. So nothing more is said of that object; other objects beside it are checked.
 */
function withoutEchoes(issues: readonly Issue[], structural: readonly Issue[]): Issue[] {
  if (structural.length === 0) return [...issues]
  const broken = new Set(structural.map(({ path }) => path))
  const scopes = new Set(structural.map(({ path }) => scopeOf(path)))
  const isEcho = (path: string) =>
    scopes.has(path) || scopes.has(scopeOf(path)) || ancestors(path).some((at) => broken.has(at))
  return issues.filter(({ path }) => !isEcho(path))
}

/** The list item, or the top field, that a path belongs to: `spec.ingress[0]` for `spec.ingress[0].source.nets[1]`. */
function scopeOf(path: string): string {
  const withoutLastIndex = path.replace(/\[\d+\]$/, '')
  const end = withoutLastIndex.lastIndexOf(']')
  return end === -1 ? (withoutLastIndex.split('.')[0] ?? '') : withoutLastIndex.slice(0, end + 1)
}

function ancestors(path: string): string[] {
  return [...path.matchAll(/[.[]/g)].map(({ index }) => path.slice(0, index))
}
