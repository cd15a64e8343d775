/**
 * Verifies ID tokens of one OpenID Connect issuer.
 *
 * Source  OpenID Connect Core 1.0, section 3.1.3.7; Kubernetes authentication, "OpenID Connect Tokens".
 */
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { VerifyToken } from '../bearer-token.ts'
import { type FetchJson, JwksSource } from './jwks-source.ts'
import { type ClaimMapping, userOfClaims } from './user-of-claims.ts'

export interface OidcOptions extends ClaimMapping {
  /** Whom tokens must be meant for. */
  readonly clientId: string
  readonly signingAlgorithms: readonly string[]
}

interface Surroundings {
  readonly fetchJson: FetchJson
  readonly now: () => Date
}

/** A token of this issuer counts for whoever its claims name; it says nothing of this server's own audiences. */
export function oidcTokens(options: OidcOptions, { fetchJson, now }: Surroundings): VerifyToken {
  const source = new JwksSource({ issuerUrl: options.issuerUrl, fetchJson, now: () => now().getTime() })
  return async (token, audiences) => {
    if (!isFrom(token, options.issuerUrl)) return undefined
    if (audiences !== undefined && !audiences.includes(options.clientId)) return undefined
    const payload = await verified(token, source, options, now())
    const user = payload === undefined ? undefined : userOfClaims(payload, options)
    return user === undefined ? undefined : { user, audiences: [options.clientId] }
  }
}

function isFrom(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer
  } catch {
    return false
  }
}

async function verified(
  token: string,
  source: JwksSource,
  options: OidcOptions,
  now: Date,
): Promise<JWTPayload | undefined> {
  const outcome = await attempt(token, await source.current(), options, now)
  if (outcome !== 'UnknownKey') return outcome
  const again = await attempt(token, await source.refreshed(), options, now)
  return again === 'UnknownKey' ? undefined : again
}

async function attempt(
  token: string,
  keys: JWTVerifyGetKey | undefined,
  { issuerUrl, clientId, signingAlgorithms }: OidcOptions,
  currentDate: Date,
): Promise<JWTPayload | 'UnknownKey' | undefined> {
  if (keys === undefined) return undefined
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuerUrl,
      audience: clientId,
      algorithms: [...signingAlgorithms],
      requiredClaims: ['exp'],
      currentDate,
    })
    return payload
  } catch (error) {
    return error instanceof errors.JWKSNoMatchingKey ? 'UnknownKey' : undefined
  }
}
