/**
 * The OpenAPI v2 document: the same as those of version 3, all in one.
 *
 * In protobuf it is empty. kubectl up to 1.28 insists on reading that before it turns to version 3 for all that matters;
 * what it leaves out is not validated by the client but by the server.
 *
 * Source  OpenAPI 2.0 and 3.0; openapiv2.proto of google/gnostic (field numbers of Document and Info).
 */
import type { FullResponse } from '../http/message.ts'
import { json } from '../http/message.ts'
import { isObject, type JsonObject } from '../json.ts'

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, object>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> }
}

/** Clients ask for it with an `@` before v1.0, but do not accept that character in the answer. */
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const info = { title: 'Margay', version: 'v2' }

export function createVersion2(
  documents: readonly OpenApiDocument[],
): (accept: string | undefined) => FullResponse {
  const whole = json(mergeToVersion2(documents))
  return (accept) => {
    if (!accept?.includes('proto-openapi.spec.v2')) return whole
    return { status: 200, headers: { 'content-type': protobufType }, body: protobufDocument() }
  }
}

function mergeToVersion2(documents: readonly OpenApiDocument[]): object {
  const paths = documents.flatMap((document) => Object.entries(document.paths))
  const schemas = documents.flatMap(({ components }) => Object.entries(components.schemas))
  return {
    swagger: '2.0',
    info,
    paths: Object.fromEntries(paths.map(([path, item]) => [path, pathItem(item as JsonObject)])),
    definitions: Object.fromEntries(schemas.map(([name, schema]) => [name, schemaOf(schema)])),
  }
}

function pathItem(item: JsonObject): object {
  const fields = Object.entries(item).map(([key, value]) => [
    key,
    key === 'parameters' ? parametersOf(value) : operation(value as JsonObject),
  ])
  return Object.fromEntries(fields)
}

function operation({ parameters, requestBody, responses, ...rest }: JsonObject): object {
  const contents = isObject(requestBody) && isObject(requestBody.content) ? requestBody.content : undefined
  const body = contents === undefined ? undefined : Object.values(contents)[0]
  return {
    ...rest,
    ...(contents === undefined ? {} : { consumes: Object.keys(contents) }),
    produces: ['application/json'],
    parameters: [
      ...parametersOf(parameters),
      ...(isObject(body)
        ? [{ name: 'body', in: 'body', required: true, schema: schemaOf(body.schema) }]
        : []),
    ],
    responses: Object.fromEntries(Object.entries(responses as JsonObject).map(response)),
  }
}

function parametersOf(parameters: unknown): object[] {
  return (parameters as readonly JsonObject[]).map(({ schema, ...rest }) => ({
    ...rest,
    ...(schema as JsonObject),
  }))
}

function response([status, answer]: [string, unknown]): [string, object] {
  const { description, content } = answer as JsonObject
  const { schema } = (content as Record<string, JsonObject>)['application/json'] ?? {}
  return [status, { description, schema: schemaOf(schema) }]
}

/** Version 2 knows no `anyOf`: Kubernetes has a format of its own for what is an integer or a string. */
function schemaOf(schema: unknown): unknown {
  if (!isObject(schema)) return schema
  const { anyOf, $ref, ...rest } = schema
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/components/schemas/', '#/definitions/') }
  const plain = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inner(key, value)]))
  return anyOf === undefined ? plain : { ...plain, type: 'string', format: 'int-or-string' }
}

function inner(key: string, value: unknown): unknown {
  if (key === 'items' || key === 'additionalProperties') return schemaOf(value)
  if (key !== 'properties' || !isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, schemaOf(property)]))
}

/** All lengths are below 128 and all text is ASCII, so each is one byte and the whole is a valid string. */
function protobufDocument(): string {
  const infoMessage = textField(1, info.title) + textField(2, info.version)
  return textField(1, '2.0') + textField(2, infoMessage) + textField(8, '')
}

function textField(number: number, content: string): string {
  return String.fromCharCode((number << 3) | 2, content.length) + content
}
