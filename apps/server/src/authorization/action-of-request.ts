/** What a request wants to do, as authorizers see it. */
import type { ApiPath } from '../routing/parse-path.ts'
import { requestSubject } from '../routing/request-subject.ts'
import type { Action } from './attributes.ts'

/** Source: `RequestInfoFactory` of k8s.io/apiserver. */
export function actionOfRequest(
  path: ApiPath,
  request: { readonly method: string; readonly pathname: string; readonly query: URLSearchParams },
): Action {
  const { verb, resource: target } = requestSubject(path, request)
  if (target === undefined) return { verb, path: request.pathname }
  const { group, resource, subresource = '' } = target
  const name = target.name ?? nameInSelector(verb, request.query)
  const isNamespace = group === '' && resource === 'namespaces'
  const namespace = target.namespace ?? (isNamespace ? (target.name ?? '') : '')
  return { verb, group, resource, subresource, namespace, name }
}

/** A list of one object by its name may be allowed to somebody who may not list all. */
function nameInSelector(verb: string, query: URLSearchParams): string {
  if (verb !== 'list' && verb !== 'watch') return ''
  const [, name = ''] = /(?:^|,)metadata\.name==?([^,]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '') ?? []
  return name
}
