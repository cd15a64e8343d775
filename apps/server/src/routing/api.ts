/**
 * The API as a function from requests to responses: who asks, may they, what for, and every error as a Status.
 * Knows no sockets.
 */
import { findKindByPlural, kindDefinitions } from '@margay/resources'
import { AuditedStore } from '../audit/audited-store.ts'
import type { Auditor } from '../audit/auditor.ts'
import type { RequestAudit } from '../audit/request-audit.ts'
import type { Authorize } from '../authentication/authorize.ts'
import { reviewSelf, selfSubjectReviews } from '../authentication/self-subject-review.ts'
import type { User } from '../authentication/user.ts'
import type { Catalogue, VirtualResource } from '../discovery/documents.ts'
import { respondDiscovery } from '../discovery/respond.ts'
import { versionDocument } from '../discovery/version.ts'
import type { Environment } from '../environment.ts'
import { type ApiRequest, type ApiResponse, json, text } from '../http/message.ts'
import type { OpenApi } from '../openapi/documents.ts'
import { ApiError, internalError, methodNotAllowed, noSuchPath, unauthorized } from '../status/api-error.ts'
import { storeFailure } from '../status/store-failure.ts'
import { type OtherPath, parsePath, type ResourcePath } from './parse-path.ts'
import { handleResource } from './resource-verbs.ts'

export interface Api {
  /** Never rejects. */
  handle(request: ApiRequest): Promise<ApiResponse>
}

/** Answered to anybody: a probe and a version check need no certificate. */
const publicPaths = ['healthz', 'livez', 'readyz', 'version']

/** Without an auditor nothing is recorded. */
export function createApi(
  environment: Environment,
  authorize: Authorize,
  openApi: OpenApi,
  auditor?: Auditor,
): Api {
  const catalogue = { kinds: kindDefinitions, virtual: selfSubjectReviews }
  const answer = async (
    own: Environment,
    request: ApiRequest,
    audit?: RequestAudit,
  ): Promise<ApiResponse> => {
    try {
      return await route(own, authorize, openApi, catalogue, request, audit)
    } catch (error) {
      return respondError(own, request, error)
    }
  }
  return {
    handle: (request) =>
      auditor === undefined ? answer(environment, request) : audited(environment, request, auditor, answer),
  }
}

/** What the request writes carries its record; what it does not write is recorded before it is answered. */
async function audited(
  environment: Environment,
  request: ApiRequest,
  auditor: Auditor,
  answer: (own: Environment, request: ApiRequest, audit: RequestAudit) => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const audit = auditor.begin(request)
  const store = new AuditedStore(environment.store, audit.recordOf)
  const response = await answer({ ...environment, store }, request, audit)
  try {
    return await audit.finish(response)
  } catch (error) {
    return respondError(environment, request, error)
  }
}

async function route(
  environment: Environment,
  authorize: Authorize,
  openApi: OpenApi,
  catalogue: Catalogue,
  request: ApiRequest,
  audit: RequestAudit | undefined,
): Promise<ApiResponse> {
  const path = parsePath(request.pathname)
  if (path === undefined) throw noSuchPath()
  if (path.kind === 'Other' && publicPaths.includes(path.segments[0] ?? '')) {
    audit?.allow('anybody may')
    return respondPublic(path, request)
  }
  const { user, method, pathname } = request
  if (user === undefined) throw unauthorized()
  await authorize({ user, method, pathname })
  audit?.allow('')
  if (path.kind === 'Other') return respondOther(path, request, openApi, catalogue)
  return respondResource(environment, path, request, user)
}

function respondPublic({ segments }: OtherPath, { method }: ApiRequest): ApiResponse {
  requireGet(method)
  if (segments[0] === 'version') return json(versionDocument)
  return text('ok')
}

function respondOther(
  { segments }: OtherPath,
  request: ApiRequest,
  openApi: OpenApi,
  catalogue: Catalogue,
): ApiResponse {
  const [root] = segments
  const { method, headers } = request
  if (root !== undefined && !['api', 'apis', 'openapi'].includes(root)) throw noSuchPath()
  requireGet(method)
  if (root === undefined)
    return json({ paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] })
  if (root === 'openapi') return openApi.respond(segments, headers.accept)
  return respondDiscovery(catalogue, segments, headers.accept)
}

function respondResource(
  environment: Environment,
  path: ResourcePath,
  request: ApiRequest,
  user: User,
): Promise<ApiResponse> | ApiResponse {
  const review = selfSubjectReviews.find((each) => isOf(path, each))
  if (review !== undefined) {
    if (request.method !== 'POST') throw methodNotAllowed(['POST'])
    return json(reviewSelf(user, review), 201)
  }
  const kind = findKindByPlural(path.group, path.version, path.plural)
  if (kind === undefined) throw noSuchPath()
  return handleResource(environment, kind, path, request)
}

function isOf(path: ResourcePath, { group, version, plural }: VirtualResource): boolean {
  return path.group === group && path.version === version && path.plural === plural
}

function requireGet(method: string): void {
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(['GET'])
}

function respondError({ log }: Environment, { method, pathname }: ApiRequest, error: unknown): ApiResponse {
  const known = error instanceof ApiError ? error : storeFailure(error)
  if (known !== undefined) return json(known.toStatus(), known.code, known.headers)
  log.error(`${method} ${pathname} failed`, error)
  const failure = internalError('the server could not complete the request; its log says why', error)
  return json(failure.toStatus(), failure.code)
}
