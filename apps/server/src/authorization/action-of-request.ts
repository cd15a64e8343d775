/** What a request wants to do, as authorizers see it. */
import type { ApiPath } from '../routing/parse-path.ts'
import { requestSubject } from '../routing/request-subject.ts'
import { readFieldSelector, requiredName } from '../selectors/fields.ts'
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

/** A list of one object by its name may be allowed to somebody who may not list all. It is read as the list itself reads it. */
function nameInSelector(verb: string, query: URLSearchParams): string {
  if (verb !== 'list' && verb !== 'watch') return ''
  return requiredName(readFieldSelector(query.get('fieldSelector') ?? '')) ?? ''
}
