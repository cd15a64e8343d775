/** Server-side apply: PATCH with application/apply-patch+yaml. The object is made if it is not there. */
import type { ResourceObject } from '@margay/resources'
import { admitObject } from '../admission/admit-object.ts'
import type { Environment } from '../environment.ts'
import { negotiate } from '../http/accept.ts'
import type { FullResponse } from '../http/message.ts'
import { parseYamlBody } from '../http/parse-body.ts'
import { isObject, type JsonObject, without } from '../json.ts'
import { applyConfig, FieldConflictError, recordApply, type WriteContext } from '../managed-fields/apply.ts'
import { ApiError, badRequest, conflict } from '../status/api-error.ts'
import { decideAndWrite } from './decide-and-write.ts'
import { keyOf, toResource } from './keys.ts'
import { conflictOf, withManagedFields, writeContext } from './managed.ts'
import { checkPreconditions, identify, mergeUpdate, stripForCreate } from './prepare.ts'
import { parseFieldManager, parseWriteOptions, type WriteOptions } from './query.ts'
import type { NamedRequest } from './request.ts'
import { respondObject } from './respond.ts'
import { checkChange, storeAdmitted, storeCandidate, type Written } from './write.ts'

type Config = JsonObject & { metadata: JsonObject }

export async function applyObject(environment: Environment, request: NamedRequest): Promise<FullResponse> {
  const { kind, namespace, name } = request
  const representation = negotiate(request.headers.accept)
  if (parseFieldManager(request.query) === undefined) throw managerRequired()
  const options = parseWriteOptions(request)
  const config = configOf(identify(parseYamlBody(request.body), { kind, namespace, name }), request)
  const { stored, warnings, isNew } = await decideAndWrite(environment, () =>
    write(environment, request, config, options),
  )
  const now = environment.clock.now()
  return respondObject(toResource(stored), request, { representation, now }, isNew ? 201 : 200, warnings)
}

async function write(
  environment: Environment,
  request: NamedRequest,
  config: Config,
  options: WriteOptions,
): Promise<Written & { readonly isNew: boolean }> {
  const { kind, namespace, name } = request
  const before = await environment.store.get(keyOf(kind, namespace, name))
  try {
    if (before === undefined) return { ...(await create(environment, request, config, options)), isNew: true }
    return { ...(await change(environment, request, before, config, options)), isNew: false }
  } catch (error) {
    throw error instanceof FieldConflictError ? conflictOf(kind, name, error) : error
  }
}

/** A main apply says nothing of status, and one of status nothing else. */
function configOf(config: Config, { kind, subresource }: NamedRequest): Config {
  if (config.metadata.managedFields !== undefined && config.metadata.managedFields !== null)
    throw badRequest('metadata.managedFields must be nil')
  if (subresource === 'status') {
    const { apiVersion, kind: name, metadata, status } = config
    return { apiVersion, kind: name, metadata, ...(status === undefined ? {} : { status }) }
  }
  return kind.hasStatus ? { ...without(config, 'status'), metadata: config.metadata } : config
}

async function create(
  environment: Environment,
  request: NamedRequest,
  config: Config,
  options: WriteOptions,
): Promise<Written> {
  const { kind, name, subresource } = request
  if (isSet(config.metadata.resourceVersion) || isSet(config.metadata.uid))
    throw conflict(
      kind,
      name,
      'uid mismatch: the provided object specified a version or uid, and no existing object was found',
    )
  if (subresource !== undefined) throw new ApiError(404, 'NotFound', `${kind.plural} "${name}" not found`)
  const context = writeContext(request, 'Apply', options, environment.clock.now())
  return storeCandidate(environment, request, stripForCreate(config, kind), options, (resource) =>
    recorded({}, config, resource, context, options),
  )
}

async function change(
  environment: Environment,
  request: NamedRequest,
  before: Parameters<typeof toResource>[0],
  config: Config,
  options: WriteOptions,
): Promise<Written> {
  const { kind, name, subresource, access } = request
  access.checkStored(before.value)
  checkPreconditions(toResource(before), config.metadata, kind)
  const context = writeContext(request, 'Apply', options, environment.clock.now())
  const live = { ...before.value } as JsonObject
  const wanted = applyConfig(live, withoutPreconditions(config), context)
  const input = identify(wanted, { kind, namespace: request.namespace, name })
  const merged = mergeUpdate(before.value, input, kind, subresource)
  const { resource, warnings } = admitObject(merged, kind, options.fieldValidation)
  const preconditions = await checkChange(environment, request, resource, before.value)
  const after = recorded(live, config, resource, context, options)
  return storeAdmitted(environment, request, { before, after, warnings, preconditions }, options)
}

function recorded(
  live: JsonObject,
  config: Config,
  resource: ResourceObject,
  context: WriteContext,
  { isForced }: WriteOptions,
): ResourceObject {
  return withManagedFields(resource, recordApply(live, config, { ...resource }, { ...context, isForced }))
}

function withoutPreconditions(config: Config): Config {
  return { ...config, metadata: without(config.metadata, 'resourceVersion', 'uid') }
}

function managerRequired(): ApiError {
  const message = 'Required value: is required for apply patch'
  return new ApiError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
    details: {
      group: 'meta.k8s.io',
      kind: 'PatchOptions',
      causes: [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }],
    },
  })
}

function isSet(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== '' &&
    !(isObject(value) && Object.keys(value).length === 0)
  )
}
