/**
 * What the server makes of an object that a client sent, before it is stored: identity, server-owned metadata, the
 * split between spec and status. Pure; the semantic rules are admission's.
 *
 * Source  Kubernetes API conventions, "Metadata" and "Spec and Status"; the behaviour of kube-apiserver.
 */
import type { Issue, KindDefinition, ObjectMeta, ResourceObject } from '@margay/resources'
import { isObject, type JsonObject, jsonEquals, without } from '../json.ts'
import { badRequest, conflict, invalid, modifiedMeanwhile } from '../status/api-error.ts'

/** A path names a kind, and mostly a namespace and a name: what a body must agree with. */
export interface Target {
  readonly kind: KindDefinition
  readonly namespace: string | undefined
  readonly name: string | undefined
}

/** Set by the server alone; what a client sends here at create is dropped. */
const serverOwned = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]

/** The body with the identity that the path gives it. Throws a 400 where the two disagree. */
export function identify(input: unknown, target: Target): JsonObject & { metadata: JsonObject } {
  if (!isObject(input)) throw badRequest('the body of the request is not an object')
  const { kind } = target
  expectSame('kind', input.kind, kind.kind)
  expectSame('API version', input.apiVersion, kind.apiVersion)
  if (input.metadata !== undefined && !isObject(input.metadata)) throw badRequest('metadata is not an object')
  const metadata = identifyMetadata(input.metadata ?? {}, target)
  return {
    ...without(input, 'apiVersion', 'kind', 'metadata'),
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata,
  }
}

function identifyMetadata(metadata: JsonObject, { kind, namespace, name }: Target): JsonObject {
  const result = { ...metadata }
  if (name !== undefined) {
    if (result.name === undefined) result.name = name
    if (result.name !== name) {
      throw badRequest(
        `the name of the object (${String(result.name)}) does not match the name on the URL (${name})`,
      )
    }
  }
  if (kind.namespaced && namespace !== undefined) {
    if (result.namespace === undefined || result.namespace === '') result.namespace = namespace
    if (result.namespace !== namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      )
    }
  }
  return result
}

function expectSame(what: string, given: unknown, expected: string): void {
  if (given === undefined || given === '' || given === expected) return
  throw badRequest(
    `the ${what} in the data (${String(given)}) does not match the expected ${what} (${expected})`,
  )
}

/** A client's object on its way to be created: server-owned fields and status dropped. */
export function stripForCreate(
  input: JsonObject & { metadata: JsonObject },
  kind: KindDefinition,
): JsonObject {
  const { resourceVersion } = input.metadata
  if (resourceVersion !== undefined && resourceVersion !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  const object = kind.hasStatus ? without(input, 'status') : input
  return { ...object, metadata: without(input.metadata, ...serverOwned) }
}

/** What the server adds to a new object. */
export function completeNew(
  resource: ResourceObject,
  kind: KindDefinition,
  uid: string,
  now: Date,
): ResourceObject {
  const { generateName: _, ...rest } = resource.metadata
  const { generateName } = resource.metadata
  const metadata: ObjectMeta = {
    ...rest,
    ...(generateName === undefined ? {} : { generateName }),
    uid,
    creationTimestamp: timestamp(now),
    ...(countsGenerations(kind) ? { generation: 1 } : {}),
  }
  return { ...resource, metadata }
}

/**
 * The object that a PUT or a patch asks for, on top of what is stored. A main write takes everything but status; a
 * status write takes status alone, and of nodes annotations as well: their agents have no other way to tell something.
 */
export function mergeUpdate(
  existing: ResourceObject,
  input: JsonObject & { metadata: JsonObject },
  kind: KindDefinition,
  subresource: 'status' | undefined,
): JsonObject {
  if (subresource === 'status')
    return withStatus(withReportedAnnotations(existing, input, kind), input.status)
  const kept = kind.hasStatus ? withStatus(input, existing.status) : input
  return { ...kept, metadata: keepServerOwned(existing.metadata, input.metadata) }
}

/** Source: kube-apiserver's `nodeStatusStrategy`, of which the rest of metadata is not taken here. */
function withReportedAnnotations(
  existing: ResourceObject,
  { metadata }: { readonly metadata: JsonObject },
  { group, kind }: KindDefinition,
): JsonObject {
  if (group !== '' || kind !== 'Node') return existing
  const rest = without({ ...existing.metadata }, 'annotations')
  const { annotations } = metadata
  return { ...existing, metadata: annotations === undefined ? rest : { ...rest, annotations } }
}

function withStatus(object: JsonObject, status: unknown): JsonObject {
  const rest = without(object, 'status')
  return status === undefined ? rest : { ...rest, status }
}

/** What a client may leave out is filled in; what it may not change is checked by `immutableIssues`. */
function keepServerOwned(existing: ObjectMeta, given: JsonObject): JsonObject {
  const result: JsonObject = without(given, 'resourceVersion', 'generation', 'selfLink')
  for (const field of [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if (result[field] === undefined || result[field] === null) result[field] = existing[field]
    if (result[field] === undefined) delete result[field]
  }
  if (existing.generation !== undefined) result.generation = existing.generation
  return result
}

/** Throws a 409 when the body was made from another version, or another object of the same name. */
export function checkPreconditions(
  existing: ResourceObject,
  given: { readonly uid?: unknown; readonly resourceVersion?: unknown },
  kind: KindDefinition,
): void {
  const { name, uid, resourceVersion } = existing.metadata
  if (isSet(given.uid) && given.uid !== uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`,
    )
  }
  if (isSet(given.resourceVersion) && given.resourceVersion !== resourceVersion)
    throw modifiedMeanwhile(kind, name)
}

/** Groups of kinds. Source: `AllowUnconditionalUpdate` of kube-apiserver's strategies. */
const overwritable = ['', 'networking.k8s.io', 'rbac.authorization.k8s.io', 'discovery.k8s.io']

/**
 * A PUT without resourceVersion overwrites whatever is there. The built-in kinds allow that, but for leases; custom
 * resources, which ours are in a real cluster, do not.
 */
export function checkUnconditional(given: JsonObject, name: string, kind: KindDefinition): void {
  if (overwritable.includes(kind.group) || isSet(given.resourceVersion)) return
  const message = 'must be specified for an update'
  throw invalid(kind, name, [{ path: 'metadata.resourceVersion', reason: 'FieldValueInvalid', message }])
}

export function immutableIssues(existing: ResourceObject, updated: ResourceObject): Issue[] {
  const fields = [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ]
  const before: JsonObject = { ...existing.metadata }
  const after: JsonObject = { ...updated.metadata }
  const issues = fields
    .filter((field) => before[field] !== after[field])
    .map(
      (field): Issue => ({
        path: `metadata.${field}`,
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(after[field] ?? null)}: field is immutable`,
      }),
    )
  return [...issues, ...newFinalizerIssues(existing, updated)]
}

function newFinalizerIssues(existing: ResourceObject, updated: ResourceObject): Issue[] {
  if (existing.metadata.deletionTimestamp === undefined) return []
  const before = existing.metadata.finalizers ?? []
  const added = (updated.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer))
  if (added.length === 0) return []
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new: ${added.join(', ')}`
  return [{ path: 'metadata.finalizers', reason: 'FieldValueForbidden', message }]
}

/** The next generation when anything but metadata and status has changed. */
export function bumpGeneration(
  existing: ResourceObject,
  updated: ResourceObject,
  kind: KindDefinition,
): ResourceObject {
  const isSame = jsonEquals(without(existing, 'metadata', 'status'), without(updated, 'metadata', 'status'))
  if (isSame || !countsGenerations(kind)) return updated
  return {
    ...updated,
    metadata: { ...updated.metadata, generation: (existing.metadata.generation ?? 0) + 1 },
  }
}

/** The object with its deletion requested; it goes when its last finalizer does. */
export function markDeleted(existing: ResourceObject, kind: KindDefinition, now: Date): ResourceObject {
  const metadata = { ...existing.metadata, deletionTimestamp: timestamp(now), deletionGracePeriodSeconds: 0 }
  if (countsGenerations(kind)) metadata.generation = (existing.metadata.generation ?? 0) + 1
  return { ...existing, metadata }
}

/** RFC 3339 in UTC, to the second. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** As in Kubernetes, these kinds do without. */
function countsGenerations(kind: KindDefinition): boolean {
  return !['', 'rbac.authorization.k8s.io', 'coordination.k8s.io'].includes(kind.group)
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
