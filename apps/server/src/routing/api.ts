/**
 * The API as a function from requests to responses: who asks, may they, what for, and every error as a Status.
 * Knows no sockets.
 */
import { findKindByPlural, kindDefinitions, rbacGroup } from '@margay/resources'
import { AuditedStore } from '../audit/audited-store.ts'
import type { Auditor } from '../audit/auditor.ts'
import type { RequestAudit } from '../audit/request-audit.ts'
import type { Identity } from '../authentication/identity.ts'
import { impersonate } from '../authentication/impersonation.ts'
import { respondIssuerDocument } from '../authentication/service-account/issuer-documents.ts'
import type { User } from '../authentication/user.ts'
import { actionOfRequest } from '../authorization/action-of-request.ts'
import { type Action, isPathAction, type ResourceAction } from '../authorization/attributes.ts'
import { guardWatch } from '../authorization/guard-watch.ts'
import { AccessRefusal } from '../authorization/refusal.ts'
import { type Access, passDoor, RequestAccess, visibleQuery } from '../authorization/request-access.ts'
import type { Catalogue } from '../discovery/documents.ts'
import { respondDiscovery } from '../discovery/respond.ts'
import { versionDocument } from '../discovery/version.ts'
import type { Environment } from '../environment.ts'
import { type ApiRequest, type ApiResponse, json, text } from '../http/message.ts'
import type { OpenApi } from '../openapi/documents.ts'
import { ApiError, internalError, methodNotAllowed, noSuchPath, unauthorized } from '../status/api-error.ts'
import { storeFailure } from '../status/store-failure.ts'
import { type OtherPath, parsePath, type ResourcePath } from './parse-path.ts'
import { handleResource } from './resource-verbs.ts'
import { reviewAt, reviewSubresources, reviews } from './reviews.ts'

export interface Api {
  /** Never rejects. */
  handle(request: ApiRequest): Promise<ApiResponse>
}

/** Answered to anybody: a probe and a version check need no certificate. */
const publicPaths = ['healthz', 'livez', 'readyz', 'version']

export interface ApiParts {
  readonly environment: Environment
  readonly identity: Identity
  readonly access: Access
  readonly openApi: OpenApi
  /** Without it nothing is recorded. */
  readonly auditor?: Auditor | undefined
}

const catalogue: Catalogue = {
  kinds: kindDefinitions,
  virtual: reviews.map(({ resource }) => resource),
  subresources: reviewSubresources,
}

export function createApi(parts: ApiParts): Api {
  const { environment, auditor } = parts
  const answer = async (
    own: Environment,
    request: ApiRequest,
    audit?: RequestAudit,
  ): Promise<ApiResponse> => {
    try {
      return await route({ ...parts, environment: own }, request, audit)
    } catch (error) {
      if (error instanceof AccessRefusal) audit?.forbid(error.message)
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
    return await audit.finish(response, store.hasRecorded)
  } catch (error) {
    return respondError(environment, request, error)
  }
}

async function route(
  parts: ApiParts,
  request: ApiRequest,
  audit: RequestAudit | undefined,
): Promise<ApiResponse> {
  const path = parsePath(request.pathname)
  if (path === undefined) throw noSuchPath()
  if (path.kind === 'Other' && publicPaths.includes(path.segments[0] ?? '')) {
    audit?.allow('anybody may')
    return respondPublic(path, request)
  }
  const user = effectiveUser(parts.access, request)
  const action = actionOfRequest(path, request)
  const reason = passDoor(parts.access, user, action)
  audit?.allow(reason)
  if (path.kind === 'Other') return respondOther(parts, path, request)
  return respondResource(parts, path, request, user, action)
}

/** Throws a 401 for nobody, and a 403 for whoever may not be whom he wants to be. */
function effectiveUser({ authorizer }: Access, { user, impersonation }: ApiRequest): User {
  if (user === undefined) throw unauthorized()
  return impersonation === undefined ? user : impersonate(authorizer, user, impersonation)
}

function respondPublic({ segments }: OtherPath, { method }: ApiRequest): ApiResponse {
  requireGet(method)
  if (segments[0] === 'version') return json(versionDocument)
  return text('ok')
}

function respondOther(
  { openApi, identity }: ApiParts,
  { segments }: OtherPath,
  request: ApiRequest,
): ApiResponse {
  const [root] = segments
  const { method, headers } = request
  if (root !== undefined && !otherRoots.includes(root)) throw noSuchPath()
  requireGet(method)
  if (root === undefined) return json({ paths: rootPaths })
  if (root === 'openapi') return openApi.respond(segments, headers.accept)
  if (root === 'api' || root === 'apis') return respondDiscovery(catalogue, segments, headers.accept)
  const { issuer, keys } = identity.tokens
  const document = respondIssuerDocument(segments, issuer, keys)
  if (document === undefined) throw noSuchPath()
  return document
}

const otherRoots = ['.well-known', 'api', 'apis', 'openapi', 'openid']
const rootPaths = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/healthz',
  '/livez',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
]

function respondResource(
  parts: ApiParts,
  path: ResourcePath,
  request: ApiRequest,
  user: User,
  action: Action,
): Promise<ApiResponse> {
  const review = reviewAt(path)
  if (review !== undefined) return review({ ...parts, user, request })
  if (isPathAction(action)) throw noSuchPath()
  return respondStored(parts, path, request, user, action)
}

async function respondStored(
  { environment, access }: ApiParts,
  path: ResourcePath,
  request: ApiRequest,
  user: User,
  action: ResourceAction,
): Promise<ApiResponse> {
  const kind = findKindByPlural(path.group, path.version, path.plural)
  if (kind === undefined) throw noSuchPath()
  const query = visibleQuery(access, user, action, request.query)
  const objects = new RequestAccess(access, user, action)
  const handle = (own: ApiRequest): Promise<ApiResponse> =>
    handleResource(environment, kind, path, { ...own, query, access: objects })
  if (action.verb === 'watch') return guardWatch(access, user, action, request, handle)
  const response = await handle(request)
  if (changesRights(action)) await access.rights.catchUp()
  return response
}

/** After such a write, the answer waits until decisions go by it. */
function changesRights({ verb, group, resource }: ResourceAction): boolean {
  if (verb === 'get' || verb === 'list') return false
  return group === rbacGroup || resource === 'tiers' || resource === 'namespaces'
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
