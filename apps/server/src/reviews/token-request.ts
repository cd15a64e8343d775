/**
 * A token for a service account: `create` on `serviceaccounts/NAME/token`.
 *
 * Source  Kubernetes API, authentication.k8s.io/v1 TokenRequest; the token storage of its registry/core/serviceaccount.
 */
import { findKind, type KindDefinition, type ResourceObject } from '@margay/resources'
import type { Store } from '@margay/storage'
import type { BoundKind, TokenSubject } from '../authentication/service-account/claims.ts'
import { issueToken } from '../authentication/service-account/token-issuer.ts'
import { findObject } from '../authentication/service-account/token-verifier.ts'
import { isObject, type JsonObject } from '../json.ts'
import { timestamp } from '../rest/prepare.ts'
import { badRequest, conflict, notFound } from '../status/api-error.ts'
import { invalidSpec, type ReviewContext, specOf, textOf, textsOf } from './review.ts'

const apiVersion = 'authentication.k8s.io/v1'
const kind = 'TokenRequest'
const leastSeconds = 10 * 60
const mostSeconds = 2 ** 32
const defaultSeconds = 60 * 60

export async function respondTokenRequest(context: ReviewContext, name: string): Promise<object> {
  const { environment, identity, namespace, request } = context
  const spec = specOf(request, kind, apiVersion)
  const subject = await subjectFor(environment.store, namespace, name, spec)
  const { issuer, audiences: own, keys } = identity.tokens
  const asked = textsOf(spec, 'audiences')
  const audiences = asked.length === 0 ? own.slice(0, 1) : asked
  const seconds = secondsOf(spec)
  const terms = {
    issuer,
    audiences,
    seconds,
    issuedAt: environment.clock.now(),
    id: environment.random.uuid(),
  }
  const { token, expires } = await issueToken(subject, terms, keys)
  return {
    kind,
    apiVersion,
    metadata: { name, namespace, creationTimestamp: timestamp(terms.issuedAt) },
    spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: timestamp(expires) },
  }
}

async function subjectFor(
  store: Pick<Store, 'get'>,
  namespace: string,
  name: string,
  spec: JsonObject,
): Promise<TokenSubject> {
  const account = await findObject(store, 'ServiceAccount', namespace, name)
  if (account === undefined) throw notFound(kindNamed('ServiceAccount'), name)
  const bound = await boundObject(store, namespace, name, spec)
  return {
    namespace,
    account: { name, uid: account.metadata.uid ?? '' },
    ...(bound === undefined ? {} : { bound }),
  }
}

async function boundObject(
  store: Pick<Store, 'get'>,
  namespace: string,
  account: string,
  { boundObjectRef }: JsonObject,
): Promise<TokenSubject['bound']> {
  if (boundObjectRef === undefined || boundObjectRef === null) return undefined
  if (!isObject(boundObjectRef)) throw badRequest('boundObjectRef must be an object')
  const boundKind = boundKindOf(boundObjectRef)
  const name = textOf(boundObjectRef, 'name')
  const object = await findObject(store, boundKind, namespace, name)
  if (object === undefined) throw notFound(kindNamed(boundKind), name)
  checkRunsAs(boundKind, object, account)
  const uid = object.metadata.uid ?? ''
  const asked = textOf(boundObjectRef, 'uid')
  if (asked !== '' && asked !== uid)
    throw conflict(
      kindNamed(boundKind),
      name,
      `the UID in the bound object reference (${asked}) does not match`,
    )
  return { kind: boundKind, name, uid }
}

function boundKindOf(reference: JsonObject): BoundKind {
  const version = textOf(reference, 'apiVersion')
  const name = textOf(reference, 'kind')
  if ((version === 'v1' || version === '') && (name === 'Pod' || name === 'Secret')) return name
  throw badRequest(`cannot bind token to object of type ${version}, Kind=${name}`)
}

/** A pod's token is for the account that the pod runs as. */
function checkRunsAs(boundKind: BoundKind, { spec }: ResourceObject, account: string): void {
  if (boundKind !== 'Pod' || (isObject(spec) && spec.serviceAccountName === account)) return
  const what = 'to pod running with different serviceaccount name.'
  throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} ${what}`)
}

function secondsOf({ expirationSeconds = defaultSeconds }: JsonObject): number {
  if (typeof expirationSeconds !== 'number' || !Number.isInteger(expirationSeconds))
    throw badRequest('expirationSeconds must be an integer')
  if (expirationSeconds >= leastSeconds && expirationSeconds <= mostSeconds) return expirationSeconds
  const limit =
    expirationSeconds < leastSeconds
      ? 'may not specify a duration less than 10 minutes'
      : 'may not specify a duration larger than 2^32 seconds'
  throw invalidSpec(kind, 'spec.expirationSeconds', `Invalid value: ${expirationSeconds}: ${limit}`)
}

function kindNamed(name: BoundKind | 'ServiceAccount'): KindDefinition {
  const definition = findKind('v1', name)
  if (definition === undefined) throw new Error(`the resources room does not know ${name}`)
  return definition
}
