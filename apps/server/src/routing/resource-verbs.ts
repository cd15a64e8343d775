/** From method and path to the verb's handler. Source: Kubernetes API concepts, "Resource operations". */
import type { KindDefinition } from '@margay/resources'
import type { Environment } from '../environment.ts'
import type { ApiRequest, ApiResponse } from '../http/message.ts'
import { applyObject } from '../rest/apply.ts'
import { deleteCollection, deleteObject } from '../rest/delete.ts'
import { isApply } from '../rest/patch-body.ts'
import { isWatch } from '../rest/query.ts'
import { getObject, listObjects } from '../rest/read.ts'
import type { NamedRequest, ObjectAccess, ResourceRequest } from '../rest/request.ts'
import { createObject, patchObject, updateObject } from '../rest/write.ts'
import { methodNotAllowed, noSuchPath } from '../status/api-error.ts'
import { watchObjects } from '../watch/watch.ts'
import type { ResourcePath } from './parse-path.ts'

export function handleResource(
  environment: Environment,
  kind: KindDefinition,
  path: ResourcePath,
  request: ApiRequest & { readonly access: ObjectAccess },
): Promise<ApiResponse> {
  const { namespace, name } = path
  if (namespace !== undefined && !kind.namespaced) throw noSuchPath()
  const resource = { ...request, kind, namespace, subresource: subresourceOf(kind, path) }
  if (name === undefined) return onCollection(environment, { ...resource, name })
  if (kind.namespaced && namespace === undefined) throw noSuchPath()
  return onObject(environment, { ...resource, name })
}

function subresourceOf(kind: KindDefinition, { subresource }: ResourcePath): 'status' | undefined {
  if (subresource === undefined) return undefined
  if (subresource !== 'status' || !kind.hasStatus) throw noSuchPath()
  return subresource
}

function onCollection(environment: Environment, request: ResourceRequest): Promise<ApiResponse> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return isWatch(request.query) ? watchObjects(environment, request) : listObjects(environment, request)
    case 'POST':
      return createObject(environment, request)
    case 'DELETE':
      return deleteCollection(environment, request)
    default:
      throw methodNotAllowed(['GET', 'POST', 'DELETE'])
  }
}

function onObject(environment: Environment, request: NamedRequest): Promise<ApiResponse> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return isWatch(request.query) ? watchObjects(environment, request) : getObject(environment, request)
    case 'PUT':
      return updateObject(environment, request)
    case 'PATCH':
      return isApply(request.headers['content-type'])
        ? applyObject(environment, request)
        : patchObject(environment, request)
    case 'DELETE':
      if (request.subresource === undefined) return deleteObject(environment, request)
      throw methodNotAllowed(['GET', 'PUT', 'PATCH'])
    default:
      throw methodNotAllowed(
        request.subresource === undefined ? ['GET', 'PUT', 'PATCH', 'DELETE'] : ['GET', 'PUT', 'PATCH'],
      )
  }
}
