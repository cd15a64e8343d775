/** What a request is about: the API's verb and the resource, or the HTTP method and the path. */
import { isWatch } from '../rest/query.ts'
import type { ApiPath } from './parse-path.ts'

export interface RequestSubject {
  /** A verb of the API, or for paths that are no resource the HTTP method in lower case. */
  readonly verb: string
  readonly resource?: {
    readonly group: string
    readonly version: string
    /** Plural. */
    readonly resource: string
    readonly subresource: string | undefined
    readonly namespace: string | undefined
    readonly name: string | undefined
  }
}

/** Source: Kubernetes authorization, "Determine the request verb". */
export function requestSubject(
  path: ApiPath | undefined,
  { method, query }: { readonly method: string; readonly query: URLSearchParams },
): RequestSubject {
  if (path?.kind !== 'Resource') return { verb: method.toLowerCase() }
  const { group, version, plural: resource, subresource, namespace, name } = path
  return {
    verb: verbOf(method, name, isWatch(query)),
    resource: { group, version, resource, subresource, namespace, name },
  }
}

function verbOf(method: string, name: string | undefined, isWatching: boolean): string {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete'
    default:
      return isWatching ? 'watch' : name === undefined ? 'list' : 'get'
  }
}
