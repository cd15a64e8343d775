/** How the managers of fields enter an object that is written. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { type JsonObject, jsonEquals, without } from '../json.ts'
import {
  type FieldConflictError,
  recordUpdate,
  sameManagers,
  type WriteContext,
} from '../managed-fields/apply.ts'
import { formatPath } from '../managed-fields/field-set.ts'
import type { Manager, Operation } from '../managed-fields/managers.ts'
import { ApiError, conflict } from '../status/api-error.ts'
import { timestamp } from './prepare.ts'
import type { WriteOptions } from './query.ts'
import type { ResourceRequest } from './request.ts'

export function writeContext(
  { kind, subresource }: Pick<ResourceRequest, 'kind' | 'subresource'>,
  operation: Operation,
  { fieldManager }: Pick<WriteOptions, 'fieldManager'>,
  now: Date,
): WriteContext {
  const manager: Manager = { name: fieldManager, operation, apiVersion: kind.apiVersion, subresource }
  return { manager, schema: kind.schema, now: timestamp(now) }
}

/** The object with the fields' managers after a write that is no apply. `before` is undefined for a new object. */
export function withUpdateRecorded(
  before: ResourceObject | undefined,
  after: ResourceObject,
  context: WriteContext,
): ResourceObject {
  return withManagedFields(after, recordUpdate(plain(before ?? {}), plain(after), context))
}

export function withManagedFields(object: ResourceObject, managedFields: readonly object[]): ResourceObject {
  const metadata = without({ ...object.metadata }, 'managedFields')
  const all = managedFields.length === 0 ? metadata : { ...metadata, managedFields }
  return { ...object, metadata: all as unknown as ResourceObject['metadata'] }
}

/** Nothing but times in the managers' entries differs. */
export function isSame(before: ResourceObject, after: ResourceObject): boolean {
  const bare = ({ metadata, ...rest }: ResourceObject) => ({
    ...rest,
    metadata: without({ ...metadata }, 'managedFields'),
  })
  return (
    jsonEquals(bare(before), bare(after)) &&
    sameManagers(before.metadata.managedFields, after.metadata.managedFields)
  )
}

/** 409 with a cause for each field and its owner, as `kubectl apply --server-side` shows them. */
export function conflictOf(kind: KindDefinition, name: string, error: FieldConflictError): ApiError {
  const causes = error.conflicts.flatMap(({ manager, fields }) =>
    [...fields.paths()].map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describe(manager)}`,
      field: formatPath(path),
    })),
  )
  const count = `${causes.length} conflict${causes.length === 1 ? '' : 's'}`
  const message = `Apply failed with ${count}: ${summarize(causes)}`
  const base = conflict(kind, name, message)
  return new ApiError(base.code, base.reason, message, { details: { causes }, cause: error })
}

function describe({ name, operation, apiVersion, subresource }: Manager): string {
  const who = subresource === undefined ? `"${name}"` : `"${name}" with subresource "${subresource}"`
  return operation === 'Update' ? `${who} using ${apiVersion}` : who
}

/** One conflict on a line; several as a list for each owner. */
function summarize(causes: readonly { message: string; field: string }[]): string {
  const [only] = causes
  if (only !== undefined && causes.length === 1) return `${only.message}: ${only.field}`
  const byOwner = Map.groupBy(causes, ({ message }) => message)
  return [...byOwner]
    .map(([owner, list]) => [`${owner}:`, ...list.map(({ field }) => `- ${field}`)].join('\n'))
    .join('\n')
}

function plain(object: object): JsonObject {
  return object as JsonObject
}
