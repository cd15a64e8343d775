/**
 * From documents to the objects that a request would carry. Pure.
 *
 * Holds  Either every document is a valid object that no other document names, or all that is wrong is told at once.
 */
import {
  admit,
  findKind,
  type KindDefinition,
  kindDefinitions,
  type ManifestDocument,
  type ResourceObject,
  withDefaultName,
} from '@margay/resources'
import { failure } from '../errors.ts'
import { describeIssue, describeObject } from '../manifests/describe-object.ts'
import { qualifiedObjectName } from './resolve-kinds.ts'

export interface PlannedObject {
  readonly kind: KindDefinition
  /** As written, with its namespace filled in, and its name where its kind has one: defaults are the server's business. */
  readonly object: ResourceObject
  readonly document: ManifestDocument
}

export interface PlanOptions {
  /** For objects that name none. */
  readonly namespace: string
  /** The user asked for that namespace: objects of another one are an error. */
  readonly isNamespaceBinding: boolean
}

/** What others refer to comes first. @throws CliError */
export function planApply(documents: readonly ManifestDocument[], options: PlanOptions): PlannedObject[] {
  return plan(documents, options, checkWhole)
}

/** Only identities count, so that also invalid objects can be deleted. What others refer to comes last. */
export function planDelete(documents: readonly ManifestDocument[], options: PlanOptions): PlannedObject[] {
  return plan(documents, options, checkIdentity).reverse()
}

type Check = (document: ManifestDocument, value: unknown) => string[]

function plan(documents: readonly ManifestDocument[], options: PlanOptions, check: Check): PlannedObject[] {
  const planned = documents.map((document) => planOne(document, options, check))
  const objects = planned.flatMap(({ object }) => (object === undefined ? [] : [object]))
  const problems = [...planned.flatMap((one) => one.problems), ...findDuplicates(objects)]
  if (problems.length > 0) throw failure(problems)
  return objects.toSorted((a, b) => rankOf(a) - rankOf(b))
}

interface PlannedOrNot {
  readonly object?: PlannedObject
  readonly problems: readonly string[]
}

function planOne(document: ManifestDocument, options: PlanOptions, check: Check): PlannedOrNot {
  const placed = withNamespace(withName(document.value), options)
  const problems = [...checkNamespace(document, options), ...check(document, placed)]
  const { apiVersion = '', kind: name = '' } = (placed ?? {}) as Partial<ResourceObject>
  const kind = findKind(apiVersion, name)
  if (kind === undefined || problems.length > 0) return { problems }
  return { object: { kind, object: placed as ResourceObject, document }, problems }
}

/** Of a kind of which there is one object, its name need not be written. */
function withName(value: unknown): unknown {
  const { apiVersion, kind: name } = (value ?? {}) as Partial<ResourceObject>
  const kind = findKind(String(apiVersion), String(name))
  return kind === undefined ? value : withDefaultName(kind, value)
}

function withNamespace(value: unknown, { namespace }: PlanOptions): unknown {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<ResourceObject>
  const isNamespaced = findKind(String(apiVersion), String(kind))?.namespaced === true
  if (!isNamespaced || !isRecord(metadata) || (metadata.namespace ?? '') !== '') return value
  return { ...(value as object), metadata: { ...metadata, namespace } }
}

function checkNamespace(
  document: ManifestDocument,
  { namespace, isNamespaceBinding }: PlanOptions,
): string[] {
  const own = describeObject(document.value).namespace
  if (!isNamespaceBinding || own === '' || own === namespace) return []
  const message = `is ${JSON.stringify(own)}, but --namespace asks for ${JSON.stringify(namespace)}`
  return [describeIssue(document, { path: 'metadata.namespace', message })]
}

function checkWhole(document: ManifestDocument, value: unknown): string[] {
  const admission = admit(value)
  if (!admission.ok) return admission.issues.map((issue) => describeIssue(document, issue))
  return checkName(document, value)
}

/** Its kind is one that we know, and it has a name: the rest may be as wrong as it is. */
function checkIdentity(document: ManifestDocument, value: unknown): string[] {
  const admission = admit(value, { unknownFields: 'drop' })
  const issues = admission.ok ? [] : admission.issues.filter(({ path }) => identityPaths.has(path))
  const problems = issues.map((issue) => describeIssue(document, issue))
  return problems.length > 0 ? problems : checkName(document, value)
}

const identityPaths = new Set(['', 'apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace'])

/** A name that the server makes up would be another one each time. */
function checkName(document: ManifestDocument, value: unknown): string[] {
  const { metadata } = value as ResourceObject
  if ((metadata.name ?? '') !== '') return []
  const message = 'is required: a generated name does not tell which object is meant'
  return [describeIssue(document, { path: 'metadata.name', message })]
}

function findDuplicates(objects: readonly PlannedObject[]): string[] {
  const firstByKey = new Map<string, PlannedObject>()
  return objects.flatMap((planned) => {
    const first = firstByKey.get(keyOf(planned))
    if (first === undefined) {
      firstByKey.set(keyOf(planned), planned)
      return []
    }
    const { kind, object, document } = planned
    const name = qualifiedObjectName(kind, object.metadata.name)
    const place = `${document.file}:${document.lineOf('metadata.name')}`
    return [`${place}: ${name} is defined a second time; the first is at ${placeOf(first)}`]
  })
}

function placeOf({ document }: PlannedObject): string {
  return `${document.file}:${document.lineOf('metadata.name')}`
}

function keyOf({ kind, object }: PlannedObject): string {
  return [kind.group, kind.kind, object.metadata.namespace ?? '', object.metadata.name].join(' ')
}

/** Kinds are listed so that what others refer to comes first. */
function rankOf({ kind }: PlannedObject): number {
  return kindDefinitions.indexOf(kind)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
