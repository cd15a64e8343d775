/** Tokens in the Authorization header. Source: RFC 6750, section 2.1. */
import { createHash } from 'node:crypto'
import type { Authenticate } from './authenticator.ts'
import type { User } from './user.ts'

/** Undefined for a token that does not prove anything; `audiences` is whom it must be meant for. */
export type VerifyToken = (token: string, audiences?: readonly string[]) => Promise<VerifiedToken | undefined>

export interface VerifiedToken {
  readonly user: User
  /** Those of the asked-for audiences that it is meant for. */
  readonly audiences: readonly string[]
}

export function bearerTokens(verify: VerifyToken): Authenticate {
  return async ({ headers }) => {
    const token = bearerTokenOf(headers.values('authorization'))
    return token === undefined ? undefined : (await verify(token))?.user
  }
}

/** The first that knows the token decides. */
export function verifierChain(verifiers: readonly VerifyToken[]): VerifyToken {
  return async (token, audiences) => {
    for (const verify of verifiers) {
      const verified = await verify(token, audiences)
      if (verified !== undefined) return verified
    }
    return undefined
  }
}

/** A token as a key of caches: it is not kept itself. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}

function bearerTokenOf(values: readonly string[]): string | undefined {
  const [value, ...more] = values
  if (value === undefined || more.length > 0) return undefined
  return /^bearer +([\w~+/.=-]+)$/i.exec(value.trim())?.[1]
}
