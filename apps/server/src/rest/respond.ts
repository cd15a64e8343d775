/** Objects and lists as HTTP answers, in the representation that the client asked for. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { contentTypeOf, type Representation } from '../http/accept.ts'
import { type FullResponse, json } from '../http/message.ts'
import { toPartial } from '../table/partial.ts'
import { includeObjectOf, renderTable } from '../table/render-table.ts'
import type { ResourceRequest } from './request.ts'

export interface ObjectList {
  readonly items: readonly ResourceObject[]
  readonly resourceVersion: string
  /** Where the list goes on, when a limit cut it off. */
  readonly continue?: string
}

export interface Presentation {
  readonly representation: Representation
  readonly now: Date
}

export function respondObject(
  resource: ResourceObject,
  request: ResourceRequest,
  { representation, now }: Presentation,
  status = 200,
  warnings: readonly string[] = [],
): FullResponse {
  const body = showObject(resource, request, representation, now)
  return json(body, status, {
    'content-type': contentTypeOf(representation, false),
    ...warningHeaders(warnings),
  })
}

export function respondList(
  list: ObjectList,
  request: ResourceRequest,
  presentation: Presentation,
  warnings: readonly string[] = [],
): FullResponse {
  const { representation, now } = presentation
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
  }
  return json(showList(list, metadata, request, representation, now), 200, {
    'content-type': contentTypeOf(representation, true),
    ...warningHeaders(warnings),
  })
}

export function showObject(
  resource: ResourceObject,
  { kind, query }: Pick<ResourceRequest, 'kind' | 'query'>,
  representation: Representation,
  now: Date,
): unknown {
  if (representation.as === 'Object') return resource
  if (representation.as === 'PartialObjectMetadata') return toPartial(resource, representation.version)
  const metadata = { resourceVersion: resource.metadata.resourceVersion }
  const include = includeObjectOf(query)
  return renderTable(kind, [resource], { version: representation.version, metadata, include, now })
}

function showList(
  list: ObjectList,
  metadata: object,
  { kind, query }: ResourceRequest,
  representation: Representation,
  now: Date,
): unknown {
  if (representation.as === 'Object') return listOf(kind, metadata, list.items)
  const { version } = representation
  if (representation.as === 'Table') {
    return renderTable(kind, list.items, { version, metadata, include: includeObjectOf(query), now })
  }
  const items = list.items.map((item) => toPartial(item, version))
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items }
}

function listOf(kind: KindDefinition, metadata: object, items: readonly ResourceObject[]): object {
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items }
}

/** RFC 9110 left the Warning header to others; this is the form that kubectl prints. Each once, and at most 20. */
export function warningHeaders(warnings: readonly string[]): Record<string, readonly string[]> {
  if (warnings.length === 0) return {}
  return { warning: [...new Set(warnings)].slice(0, 20).map((warning) => `299 - "${quotable(warning)}"`) }
}

function quotable(warning: string): string {
  return warning.replace(/[^\x20-\x7e]+/g, ' ').replace(/[\\"]/g, '\\$&')
}
