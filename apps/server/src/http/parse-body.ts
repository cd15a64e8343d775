/** A request body as a JSON value: JSON or YAML, of bounded depth, and free of keys that reach prototypes. */
import { parseManifests } from '@margay/resources'
import { decodeKubernetesProtobuf, ProtobufError } from '../protobuf/kubernetes.ts'
import { ApiError, badRequest, unsupportedMediaType } from '../status/api-error.ts'
import { findDuplicateKey } from './duplicate-key.ts'

const jsonType = 'application/json'
const yamlType = 'application/yaml'
/** What kubectl's `create namespace` and `create serviceaccount` send, without asking whether we take it. */
const protobufType = 'application/vnd.kubernetes.protobuf'
/** Deep enough for any resource; far from what would overflow the stack of a recursive reader. */
const maxDepth = 100
/**
 * Some ten thousand lines, read in a fraction of a second. JSON is read a hundred times as fast, and may be as large as
 * any body.
 */
const maxYamlSteps = 50_000

/** An object sent whole. A missing content type means JSON. */
export function parseObjectBody(body: Uint8Array, contentType: string | undefined): unknown {
  switch (mediaTypeOf(contentType) ?? jsonType) {
    case jsonType:
      return parseJson(body)
    case yamlType:
      return parseYamlBody(body)
    case protobufType:
      return checked(parseProtobuf(body))
    default:
      throw unsupportedMediaType([jsonType, yamlType])
  }
}

/** JSON or YAML, whatever it says it is: JSON is YAML too, but its errors are better. */
export function parseYamlBody(body: Uint8Array): unknown {
  const text = decode(body)
  return /^\s*\{/.test(text) ? parseJson(body) : checked(parseYaml(text))
}

export function parseJson(body: Uint8Array): unknown {
  try {
    const text = decode(body)
    return withoutDuplicates(text, checked(JSON.parse(text)))
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    throw badRequest(`the body of the request is not valid JSON: ${reasonOf(cause)}`)
  }
}

function withoutDuplicates(text: string, value: unknown): unknown {
  const key = findDuplicateKey(text)
  if (key !== undefined)
    throw badRequest(`the body of the request has the field "${key}" twice in one object`)
  return value
}

/** The media type without its parameters, in lower case. */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  return type === '' ? undefined : type
}

function parseYaml(text: string): unknown {
  try {
    const documents = parseManifests(text, 'body', { maxSteps: maxYamlSteps })
    if (documents.length === 1) return documents[0]?.value
    throw badRequest(`the body of the request must be one YAML document, not ${documents.length}`)
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    throw badRequest(`the body of the request is not valid YAML: ${reasonOf(cause)}`)
  }
}

function parseProtobuf(body: Uint8Array): unknown {
  try {
    return decodeKubernetesProtobuf(body)
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause
    throw badRequest(
      `the body of the request is not a protobuf object that this server takes: ${cause.message}`,
    )
  }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw badRequest('the body of the request is not UTF-8 text')
  }
}

function checked(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) throw badRequest(`the body of the request is nested deeper than ${maxDepth} levels`)
  if (Object.hasOwn(value, '__proto__'))
    throw badRequest('the body of the request has a field named __proto__')
  for (const member of Object.values(value)) checked(member, depth + 1)
  return value
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
