/**
 * What a token of a service account says.
 *
 * Source  Kubernetes, "Service Account Token Volume Projection" and "Bound service account tokens"; `privateClaims` of its
 *         serviceaccount package.
 */
import type { JWTPayload } from 'jose'
import { isObject } from '../../json.ts'
import { serviceAccountGroups, serviceAccountUserName, type User } from '../user.ts'

export interface ObjectIdentity {
  readonly name: string
  readonly uid: string
}

export interface TokenSubject {
  readonly namespace: string
  readonly account: ObjectIdentity
  /** The token ends with this object. */
  readonly bound?: ObjectIdentity & { readonly kind: BoundKind }
}

export type BoundKind = 'Pod' | 'Secret'

const group = 'kubernetes.io'

export function claimsOf({ namespace, account, bound }: TokenSubject): JWTPayload {
  const { name, uid } = account
  return {
    sub: serviceAccountUserName(namespace, name),
    [group]: {
      namespace,
      serviceaccount: { name, uid },
      ...(bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
    },
  }
}

/** Undefined for claims that are not those of a service account, or do not agree with each other. */
export function subjectOf(payload: JWTPayload): TokenSubject | undefined {
  const claims = payload[group]
  if (!isObject(claims) || typeof claims.namespace !== 'string') return undefined
  const { namespace } = claims
  const account = identityOf(claims.serviceaccount)
  if (account === undefined || payload.sub !== serviceAccountUserName(namespace, account.name))
    return undefined
  const bound = boundOf(claims)
  if (bound === 'Unreadable') return undefined
  return { namespace, account, ...(bound === undefined ? {} : { bound }) }
}

/** Source: the same, `ServiceAccountInfo.UserInfo`. */
export function userOfSubject(
  { namespace, account, bound }: TokenSubject,
  tokenId: string | undefined,
): User {
  const extra = {
    ...(tokenId === undefined ? {} : { 'authentication.kubernetes.io/credential-id': [`JTI=${tokenId}`] }),
    ...(bound?.kind !== 'Pod'
      ? {}
      : {
          'authentication.kubernetes.io/pod-name': [bound.name],
          'authentication.kubernetes.io/pod-uid': [bound.uid],
        }),
  }
  return {
    name: serviceAccountUserName(namespace, account.name),
    uid: account.uid,
    groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
}

/** A token that is bound to something that can't be read must not count as unbound. */
function boundOf(claims: Readonly<Record<string, unknown>>): TokenSubject['bound'] | 'Unreadable' {
  for (const kind of ['Pod', 'Secret'] as const) {
    const claim = claims[kind.toLowerCase()]
    if (claim === undefined) continue
    const identity = identityOf(claim)
    return identity === undefined ? 'Unreadable' : { ...identity, kind }
  }
  return undefined
}

function identityOf(value: unknown): ObjectIdentity | undefined {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.uid !== 'string') return undefined
  return { name: value.name, uid: value.uid }
}
