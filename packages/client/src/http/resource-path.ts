/** Where an API keeps the objects of a kind. Source: Kubernetes API concepts, "Resource URIs". */
import type { KindDefinition } from '@margay/resources'

export interface ResourcePlace {
  /** Undefined or empty: all namespaces, or a kind that has none. */
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: 'status' | undefined
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Absolute path and query; every part is escaped, so that a name can't lead elsewhere. */
export function resourcePath(kind: KindDefinition, place: ResourcePlace, query: Query = {}): string {
  const { namespace = '', name, subresource } = place
  const parts = [
    ...(kind.group === '' ? ['api', kind.version] : ['apis', kind.group, kind.version]),
    ...(kind.namespaced && namespace !== '' ? ['namespaces', namespace] : []),
    kind.plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ]
  return `/${parts.map(escapePart).join('/')}${formatQuery(query)}`
}

/** Dots alone would be taken as steps of the path. */
function escapePart(part: string): string {
  return part === '.' || part === '..' ? part.replaceAll('.', '%2E') : encodeURIComponent(part)
}

function formatQuery(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  if (pairs.length === 0) return ''
  const texts = pairs.map(([key, value]): [string, string] => [key, String(value)])
  return `?${new URLSearchParams(texts)}`
}
