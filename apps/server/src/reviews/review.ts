/** Resources that answer a question and store nothing. */
import { conform, type JsonSchema } from '@margay/resources'
import type { Identity } from '../authentication/identity.ts'
import type { User } from '../authentication/user.ts'
import type { Access } from '../authorization/request-access.ts'
import type { VirtualResource } from '../discovery/documents.ts'
import type { Environment } from '../environment.ts'
import type { ApiRequest } from '../http/message.ts'
import { parseObjectBody } from '../http/parse-body.ts'
import { isObject, type JsonObject } from '../json.ts'
import { ApiError, badRequest, causeOf, maxCauses } from '../status/api-error.ts'

export interface ReviewContext {
  readonly environment: Environment
  readonly access: Access
  readonly identity: Identity
  readonly user: User
  readonly request: ApiRequest
  /** Of the path; empty for a review of the whole cluster. */
  readonly namespace: string
}

export interface Review {
  readonly resource: VirtualResource
  /** Of the whole object. */
  readonly schema: JsonSchema
  /** The status that answers the spec. Throws what a client should hear. */
  readonly answer: (spec: JsonObject, context: ReviewContext) => Promise<object> | object
}

export async function respondReview(review: Review, context: ReviewContext): Promise<object> {
  const { resource, answer } = review
  const apiVersion = `${resource.group}/${resource.version}`
  checkFields(review, context.request)
  const spec = specOf(context.request, resource.kind, apiVersion)
  const status = await answer(spec, context)
  const { namespace } = context
  const metadata = { ...(namespace === '' ? {} : { namespace }), creationTimestamp: null }
  return { kind: resource.kind, apiVersion, metadata, spec, status }
}

/** A misspelt field would change the question. @throws a 400 for clients that ask to be strict, as kubectl does */
function checkFields({ resource, schema }: Review, { body, headers, query }: ApiRequest): void {
  if (query.get('fieldValidation') !== 'Strict' || body.length === 0) return
  const { unknownFields } = conform(schema, parseObjectBody(body, headers['content-type']))
  if (unknownFields.length === 0) return
  const subject = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}`
  const told = unknownFields.slice(0, maxCauses)
  const all = told.map(({ path }) => `unknown field "${path}"`).join(', ')
  throw badRequest(`${subject}: strict decoding error: ${all}`, told.map(causeOf))
}

/** A body of another kind is a mistake; one without a spec asks with an empty one. */
export function specOf({ body, headers }: ApiRequest, kind: string, apiVersion: string): JsonObject {
  const object = body.length === 0 ? {} : parseObjectBody(body, headers['content-type'])
  if (!isObject(object)) throw badRequest('the body of the request is not an object')
  const { spec = {} } = object
  const isOther = (object.kind ?? kind) !== kind || (object.apiVersion ?? apiVersion) !== apiVersion
  if (isOther) throw badRequest(`the body of the request must be a ${kind} of ${apiVersion}`)
  if (!isObject(spec)) throw badRequest('spec is not an object')
  return spec
}

export function textOf(object: JsonObject, field: string): string {
  const value = object[field] ?? ''
  if (typeof value === 'string') return value
  throw badRequest(`${field} must be a text`)
}

export function textsOf(object: JsonObject, field: string): readonly string[] {
  const value = object[field] ?? []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw badRequest(`${field} must be a list of texts`)
}

/** 422 for one field. */
export function invalidSpec(kind: string, field: string, message: string): ApiError {
  return new ApiError(422, 'Invalid', `${kind} "" is invalid: ${field}: ${message}`, {
    details: { kind, causes: [{ reason: 'FieldValueInvalid', message, field }] },
  })
}
