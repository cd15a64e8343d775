/** The discovery paths: `/api...` and `/apis...` above the resources. */
import { acceptsJson, parseAccept } from '../http/accept.ts'
import { type FullResponse, json } from '../http/message.ts'
import { noSuchPath, notAcceptable } from '../status/api-error.ts'
import {
  aggregated,
  type Catalogue,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from './documents.ts'

/** `segments` of the path, of which the first is `api` or `apis`. Throws a 404 for what is not here. */
export function respondDiscovery(
  catalogue: Catalogue,
  segments: readonly string[],
  accept: string | undefined,
): FullResponse {
  const [root, first, second, ...more] = segments
  const isCore = root === 'api'
  if (first === undefined) return respondRoot(catalogue, isCore, accept)
  if (more.length > 0 || (isCore && second !== undefined)) throw noSuchPath()
  const document = isCore ? resourceList(catalogue, '', first) : belowGroup(catalogue, first, second)
  if (document === undefined) throw noSuchPath()
  return json(document)
}

function belowGroup(catalogue: Catalogue, group: string, version: string | undefined): object | undefined {
  return version === undefined ? groupDocument(catalogue, group) : resourceList(catalogue, group, version)
}

/** A client that asks for the aggregated form gets all resources in one answer. */
function respondRoot(catalogue: Catalogue, isCore: boolean, accept: string | undefined): FullResponse {
  for (const range of parseAccept(accept)) {
    if (!acceptsJson(range)) continue
    const { as, v, g } = range.parameters
    if (as === undefined) return json(isCore ? coreVersions() : groupList(catalogue))
    if (g !== 'apidiscovery.k8s.io' || as !== 'APIGroupDiscoveryList' || (v !== 'v2' && v !== 'v2beta1'))
      continue
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`
    return json(aggregated(catalogue, isCore, v), 200, { 'content-type': contentType })
  }
  throw notAcceptable(['application/json'])
}
