/** create, update and patch. A refused write has stored nothing. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { AlreadyExistsError, type Precondition, type StoredObject } from '@margay/storage'
import { admitObject } from '../admission/admit-object.ts'
import { type Judgement, unjudged } from '../admission/assertions/judgement.ts'
import { immutableFieldIssues } from '../admission/immutable-fields.ts'
import { checkNewPool } from '../admission/ip-pools.ts'
import { checkNamespaceAccepts } from '../admission/namespaces.ts'
import { policyWarnings } from '../admission/policy-warnings.ts'
import { checkProfileWritable } from '../admission/profiles.ts'
import { withServerStatus } from '../admission/server-status.ts'
import { checkTierAccepts } from '../admission/tiers.ts'
import { checkRoleReference } from '../authorization/role-reference.ts'
import type { Environment } from '../environment.ts'
import { negotiate } from '../http/accept.ts'
import type { FullResponse } from '../http/message.ts'
import { parseJson, parseObjectBody } from '../http/parse-body.ts'
import { isObject, type JsonObject } from '../json.ts'
import { alreadyExists, badRequest, invalid, invalidOptions } from '../status/api-error.ts'
import { decideAndWrite } from './decide-and-write.ts'
import { isToGo, settleDeletion } from './delete.ts'
import { generateName, wantsGeneratedName } from './generate-name.ts'
import { immutableDataIssues } from './immutable-data.ts'
import { keyOf, toResource } from './keys.ts'
import { isSame, withUpdateRecorded, writeContext } from './managed.ts'
import { isStrategic, parsePatch } from './patch-body.ts'
import { asPatchError } from './patch-error.ts'
import {
  bumpGeneration,
  checkPreconditions,
  checkUnconditional,
  completeNew,
  identify,
  immutableIssues,
  mergeUpdate,
  stripForCreate,
} from './prepare.ts'
import { parseWriteOptions, type WriteOptions } from './query.ts'
import { existing } from './read.ts'
import type { NamedRequest, ResourceRequest } from './request.ts'
import { respondObject } from './respond.ts'

/** How often a made-up name is tried again when it is taken. */
const nameAttempts = 8

type Identified = JsonObject & { metadata: JsonObject }

export async function createObject(
  environment: Environment,
  request: ResourceRequest,
): Promise<FullResponse> {
  const { kind, namespace } = request
  const representation = negotiate(request.headers.accept)
  const options = parseWriteOptions(request)
  if (kind.namespaced && namespace === undefined) {
    throw badRequest(
      `${kind.plural} belong to a namespace: create them at /namespaces/NAMESPACE/${kind.plural}`,
    )
  }
  const body = parseObjectBody(request.body, request.headers['content-type'])
  const input = identify(body, { kind, namespace, name: undefined })
  const { stored, warnings } = await decideAndWrite(environment, () =>
    storeNew(environment, request, input, options),
  )
  return respondObject(
    toResource(stored),
    request,
    { representation, now: environment.clock.now() },
    201,
    warnings,
  )
}

export interface Written {
  readonly stored: StoredObject
  readonly warnings: readonly string[]
}

async function storeNew(
  environment: Environment,
  request: ResourceRequest,
  input: Identified,
  options: WriteOptions,
): Promise<Written> {
  const stripped = stripForCreate(input, request.kind)
  const isGenerated = wantsGeneratedName(input.metadata)
  const context = writeContext(request, 'Update', options, environment.clock.now())
  for (let attempt = 1; ; attempt++) {
    const candidate = isGenerated
      ? named(stripped, generateName(String(input.metadata.generateName), environment.random))
      : stripped
    try {
      return await storeCandidate(environment, request, candidate, options, (complete) =>
        withUpdateRecorded(undefined, complete, context),
      )
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error
      if (!isGenerated || attempt === nameAttempts)
        throw alreadyExists(request.kind, error.key.split('/').at(-1) ?? '')
    }
  }
}

/** `record` notes who manages the new object's fields. */
export async function storeCandidate(
  { store, clock, random, assertions }: Environment,
  { kind, namespace, access }: ResourceRequest,
  candidate: JsonObject,
  options: WriteOptions,
  record: (complete: ResourceObject) => ResourceObject,
): Promise<Written> {
  const { resource, warnings } = admitObject(candidate, kind, options.fieldValidation)
  const { name } = resource.metadata
  const preconditions = [
    ...(await access.checkWrite(resource, undefined)),
    ...(namespace === undefined ? [] : await checkNamespaceAccepts(store, kind, namespace, name)),
    ...(await checkTierAccepts(store, kind, resource)),
    ...(await checkNewPool(store, kind, resource)),
  ]
  const now = clock.now()
  const complete = withServerStatus(kind, record(completeNew(resource, kind, random.uuid(), now)), now)
  const key = keyOf(kind, namespace, name)
  const judged = await assertions.judge(kind, { before: undefined, object: complete, isGone: false })
  const all = [...warnings, ...(await policyWarnings(store, kind, complete)), ...judged.warnings]
  if (!options.dryRun) {
    const conditions = [...preconditions, ...judged.preconditions]
    return { stored: await store.create(key, complete, { preconditions: conditions }), warnings: all }
  }
  if ((await store.get(key)) !== undefined) throw new AlreadyExistsError(key)
  return { stored: { key, value: complete, revision: 0n }, warnings: all }
}

function named(object: JsonObject, name: string): JsonObject {
  return { ...object, metadata: { ...(object.metadata as JsonObject), name } }
}

export async function updateObject(environment: Environment, request: NamedRequest): Promise<FullResponse> {
  const { kind, namespace, name } = request
  const body = parseObjectBody(request.body, request.headers['content-type'])
  const input = identify(body, { kind, namespace, name })
  return change(environment, request, () => {
    checkUnconditional(input.metadata, name, kind)
    return input
  })
}

export async function patchObject(environment: Environment, request: NamedRequest): Promise<FullResponse> {
  const { kind, namespace, name, headers } = request
  const patch = parsePatch(request.body, headers['content-type'], kind)
  refuseForce(request.query)
  try {
    return await change(environment, request, (current) =>
      identify(withIdentity(patch(current)), { kind, namespace, name }),
    )
  } catch (error) {
    throw isStrategic(headers['content-type']) ? asPatchError(error, parseJson(request.body)) : error
  }
}

/** Only an apply has conflicts to force: whoever asks for it here means another kind of patch. */
function refuseForce(query: URLSearchParams): void {
  if (!query.has('force')) return
  const message = 'Forbidden: may not be specified for non-apply patch'
  throw invalidOptions('PatchOptions', [{ path: 'force', reason: 'FieldValueForbidden', message }])
}

/** A PUT may leave the name to the path; a patch that takes it away is a mistake. */
function withIdentity(patched: unknown): unknown {
  const hasName = isObject(patched) && isObject(patched.metadata) && typeof patched.metadata.name === 'string'
  if (!hasName) throw badRequest('the patch removes the name of the object')
  return patched
}

/** Replaces what is stored by what `wanted` makes of it. */
async function change(
  environment: Environment,
  request: NamedRequest,
  wanted: (current: ResourceObject) => Identified,
): Promise<FullResponse> {
  const representation = negotiate(request.headers.accept)
  const options = parseWriteOptions(request)
  const { stored, warnings } = await decideAndWrite(environment, async () => {
    const before = await existing(environment.store, request)
    return storeChange(environment, request, before, wanted(toResource(before)), options)
  })
  return respondObject(
    toResource(stored),
    request,
    { representation, now: environment.clock.now() },
    200,
    warnings,
  )
}

async function storeChange(
  environment: Environment,
  request: NamedRequest,
  before: StoredObject,
  input: Identified,
  options: WriteOptions,
): Promise<Written> {
  const { kind, subresource } = request
  checkPreconditions(toResource(before), input.metadata, kind)
  const merged = mergeUpdate(before.value, input, kind, subresource)
  const { resource, warnings } = admitObject(merged, kind, options.fieldValidation)
  const preconditions = await checkChange(environment, request, resource, before.value)
  const context = writeContext(request, 'Update', options, environment.clock.now())
  const after = withUpdateRecorded(before.value, resource, context)
  return storeAdmitted(environment, request, { before, after, warnings, preconditions }, options)
}

/** The rules between an object and others. Resolves to what they were decided by. */
export async function checkChange(
  { store }: Environment,
  { kind, access }: ResourceRequest,
  after: ResourceObject,
  before: ResourceObject,
): Promise<readonly Precondition[]> {
  return [
    ...(await access.checkWrite(after, before)),
    ...(await checkTierAccepts(store, kind, after, before)),
  ]
}

export interface AdmittedChange {
  readonly before: StoredObject
  readonly after: ResourceObject
  readonly warnings: readonly string[]
  readonly preconditions: readonly Precondition[]
}

/** An object that passed every rule but those between it and what it replaces. */
export async function storeAdmitted(
  environment: Environment,
  { kind, name, subresource }: NamedRequest,
  { before, after: resource, warnings, preconditions }: AdmittedChange,
  options: WriteOptions,
): Promise<Written> {
  checkRoleReference(kind, resource, before.value)
  checkProfileWritable(kind, name)
  const issues = [
    ...immutableIssues(before.value, resource),
    ...immutableDataIssues(kind, before.value, resource),
    ...immutableFieldIssues(before.value, resource, kind),
  ]
  if (issues.length > 0) throw invalid(kind, name, issues)
  const bumped = bumpGeneration(before.value, resource, kind)
  const after = subresource === 'status' ? bumped : withServerStatus(kind, bumped, environment.clock.now())
  const judged = await judgeChange(environment, kind, before, after, subresource)
  const conditions = [...preconditions, ...judged.preconditions]
  const stored = await storeIfDifferent(environment, before, after, conditions, options)
  if (!options.dryRun) await settleDeletion(environment, kind, stored)
  const odd = await policyWarnings(environment.store, kind, after)
  return { stored, warnings: [...warnings, ...odd, ...judged.warnings] }
}

/** A status says what is; nobody can refuse that. An object that lost its last finalizer goes. */
async function judgeChange(
  { assertions }: Environment,
  kind: KindDefinition,
  before: StoredObject,
  after: ResourceObject,
  subresource: 'status' | undefined,
): Promise<Judgement> {
  if (subresource === 'status' || isSame(before.value, after)) return unjudged
  return assertions.judge(kind, { before: before.value, object: after, isGone: isToGo(after) })
}

/** A write that changes nothing takes no revision, and wakes no watcher. */
async function storeIfDifferent(
  { store }: Environment,
  before: StoredObject,
  after: ResourceObject,
  preconditions: readonly Precondition[],
  { dryRun }: WriteOptions,
): Promise<StoredObject> {
  if (isSame(before.value, after)) return before
  if (dryRun) return { ...before, value: after }
  return store.update(before.key, after, before.revision, { preconditions })
}
