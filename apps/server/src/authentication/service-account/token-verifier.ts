/**
 * Verifies tokens of service accounts.
 *
 * Holds   1. A token counts only while its service account, and the object it is bound to, are the very ones it was made for.
 *         2. Nothing that a client sends makes it throw.
 * Cost    The signature is verified once for each token; the objects are looked up each time.
 */

import { findKind, type ResourceObject } from '@margay/resources'
import type { Store } from '@margay/storage'
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../../environment.ts'
import { keyOf } from '../../rest/keys.ts'
import { digestOf, type VerifyToken } from '../bearer-token.ts'
import { LruCache } from '../lru-cache.ts'
import { type BoundKind, type ObjectIdentity, subjectOf, type TokenSubject, userOfSubject } from './claims.ts'
import type { PublicKey } from './signing-key.ts'

export interface TokenVerifierOptions {
  readonly store: Pick<Store, 'get'>
  readonly clock: Pick<Clock, 'now'>
  readonly issuer: string
  /** Of this server: a token for one of them counts here. */
  readonly audiences: readonly string[]
  readonly keys: readonly PublicKey[]
}

const mostTokens = 10_000

export function serviceAccountTokens(options: TokenVerifierOptions): VerifyToken {
  const signed = new LruCache<JWTPayload>(mostTokens)
  return async (token, audiences = options.audiences) => {
    const payload = await signedPayload(token, options, signed)
    if (payload === undefined || !isInTime(payload, options.clock.now())) return undefined
    const met = listOf(payload.aud).filter((audience) => audiences.includes(audience))
    const subject = subjectOf(payload)
    if (met.length === 0 || subject === undefined) return undefined
    if (!(await isStillThere(options.store, subject))) return undefined
    return { user: userOfSubject(subject, payload.jti), audiences: met }
  }
}

/** Undefined unless one of our keys signed it; says nothing of time. */
async function signedPayload(
  token: string,
  { issuer, keys, clock }: TokenVerifierOptions,
  signed: LruCache<JWTPayload>,
): Promise<JWTPayload | undefined> {
  const digest = digestOf(token)
  const known = signed.get(digest)
  if (known !== undefined) return known
  if (!isFrom(token, issuer)) return undefined
  const payload = await verifySignature(token, issuer, keys, clock)
  if (payload !== undefined) signed.set(digest, payload)
  return payload
}

/** A look without proof, so that other issuers' tokens cost nothing here. */
function isFrom(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer
  } catch {
    return false
  }
}

async function verifySignature(
  token: string,
  issuer: string,
  keys: readonly PublicKey[],
  clock: Pick<Clock, 'now'>,
): Promise<JWTPayload | undefined> {
  for (const { id, algorithm, key } of keys) {
    try {
      const options = { issuer, algorithms: [algorithm], currentDate: clock.now() }
      const { payload, protectedHeader } = await jwtVerify(token, key, options)
      if (protectedHeader.kid === undefined || protectedHeader.kid === id) return payload
    } catch {
      // Not signed by this key, or not in time: another key may fit.
    }
  }
  return undefined
}

function isInTime({ exp, nbf = 0 }: JWTPayload, now: Date): boolean {
  const seconds = now.getTime() / 1000
  return exp !== undefined && seconds < exp && seconds >= nbf
}

async function isStillThere(store: Pick<Store, 'get'>, subject: TokenSubject): Promise<boolean> {
  const { namespace, account, bound } = subject
  if (!(await isSame(store, 'ServiceAccount', namespace, account))) return false
  return bound === undefined || isSame(store, bound.kind, namespace, bound)
}

/** One that is being deleted does not count any more. */
async function isSame(
  store: Pick<Store, 'get'>,
  kind: BoundKind | 'ServiceAccount',
  namespace: string,
  { name, uid }: ObjectIdentity,
): Promise<boolean> {
  const { metadata } = (await findObject(store, kind, namespace, name)) ?? {}
  return metadata?.uid === uid && metadata.deletionTimestamp === undefined
}

export async function findObject(
  store: Pick<Store, 'get'>,
  kind: BoundKind | 'ServiceAccount',
  namespace: string,
  name: string,
): Promise<ResourceObject | undefined> {
  const definition = findKind('v1', kind)
  if (definition === undefined) throw new Error(`the resources room does not know ${kind}`)
  return (await store.get(keyOf(definition, namespace, name)))?.value
}

function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
