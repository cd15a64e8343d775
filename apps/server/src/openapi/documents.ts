/**
 * The OpenAPI v3 documents: an index, and one document for each group and version. Made once, at start.
 *
 * Source  Kubernetes, "OpenAPI V3": the index names each document with a hash, so that clients may keep it for good.
 */
import { createHash } from 'node:crypto'
import {
  type JsonSchema,
  kindDefinitions,
  openApiName,
  toOpenApiSchemas,
  withGroupVersionKind,
} from '@margay/resources'
import type { VirtualResource } from '../discovery/documents.ts'
import { type FullResponse, json } from '../http/message.ts'
import { isObject, type JsonObject } from '../json.ts'
import { noSuchPath } from '../status/api-error.ts'
import { pathsOf, questionPaths, rootPath } from './paths.ts'
import { createVersion2, type OpenApiDocument } from './version-2.ts'

/** A resource that answers a question. */
export interface Question {
  readonly resource: VirtualResource
  readonly schema: JsonSchema
}

export interface OpenApi {
  /** `segments` of the path, of which the first is `openapi`. Throws a 404 for what is not here. */
  respond(segments: readonly string[], accept: string | undefined): FullResponse
}

export function createOpenApi(questions: readonly Question[]): OpenApi {
  const roots = new Set([...kindDefinitions, ...questions.map(({ resource }) => resource)].map(rootPath))
  const all = [...roots].map((root) => [root.slice(1), documentOf(root, questions)] as const)
  const documents = new Map(all.map(([name, document]) => [name, JSON.stringify(document)]))
  const respondVersion2 = createVersion2(all.map(([, document]) => document))
  const index = {
    paths: Object.fromEntries([...documents].map(([name, body]) => [name, indexEntry(name, body)])),
  }
  return {
    respond: (segments, accept) => {
      const [, version, ...rest] = segments
      if (version === 'v2' && rest.length === 0) return respondVersion2(accept)
      if (version !== 'v3') throw noSuchPath()
      if (rest.length === 0) return json(index)
      const body = documents.get(rest.join('/'))
      if (body === undefined) throw noSuchPath()
      return { status: 200, headers: documentHeaders, body }
    },
  }
}

const documentHeaders = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=31536000, immutable',
}

function indexEntry(name: string, body: string): object {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 32)
  return { serverRelativeURL: `/openapi/v3/${name}?hash=${hash.toUpperCase()}` }
}

function documentOf(root: string, questions: readonly Question[]): OpenApiDocument {
  const kinds = kindDefinitions.filter((kind) => rootPath(kind) === root)
  const asked = questions.filter(({ resource }) => rootPath(resource) === root)
  const paths: Record<string, object> = {}
  for (const kind of kinds) Object.assign(paths, pathsOf(kind, openApiName(kind)))
  for (const { resource } of asked) Object.assign(paths, questionPaths(resource, openApiName(resource)))
  const all = { ...toOpenApiSchemas(), ...Object.fromEntries(asked.map(questionSchema)) }
  return {
    openapi: '3.0.0',
    info: { title: 'Margay', version: 'v3' },
    paths,
    components: { schemas: schemasNeeded(all, paths) },
  }
}

function questionSchema({ resource, schema }: Question): [string, JsonSchema] {
  return [openApiName(resource), withGroupVersionKind(schema, resource)]
}

/** Those that the paths refer to, and those that these refer to in turn. */
function schemasNeeded(all: Readonly<Record<string, unknown>>, paths: object): Record<string, JsonObject> {
  const needed: Record<string, JsonObject> = {}
  const visit = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = all[name]
      if (needed[name] !== undefined || !isObject(schema)) continue
      needed[name] = schema
      visit(JSON.stringify(schema))
    }
  }
  visit(JSON.stringify(paths))
  return needed
}
