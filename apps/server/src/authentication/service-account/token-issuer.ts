/** Signs tokens of service accounts. Pure but for the signature's own randomness: time and ids are handed in. */
import { SignJWT } from 'jose'
import { claimsOf, type TokenSubject } from './claims.ts'
import type { SigningKeys } from './signing-key.ts'

export interface TokenTerms {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly issuedAt: Date
  readonly seconds: number
  readonly id: string
}

export interface IssuedToken {
  readonly token: string
  readonly expires: Date
}

export async function issueToken(
  subject: TokenSubject,
  { issuer, audiences, issuedAt, seconds, id }: TokenTerms,
  { signing }: SigningKeys,
): Promise<IssuedToken> {
  const now = Math.floor(issuedAt.getTime() / 1000)
  const token = await new SignJWT(claimsOf(subject))
    .setProtectedHeader({ alg: signing.algorithm, kid: signing.id })
    .setIssuer(issuer)
    .setAudience([...audiences])
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + seconds)
    .setJti(id)
    .sign(signing.privateKey)
  return { token, expires: new Date((now + seconds) * 1000) }
}
