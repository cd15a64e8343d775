/**
 * From the claims of an ID token to a user.
 *
 * Source  Kubernetes authentication, "OpenID Connect Tokens" (flags --oidc-username-claim and following).
 */
import type { JWTPayload } from 'jose'
import type { User } from '../user.ts'

export interface ClaimMapping {
  readonly issuerUrl: string
  readonly usernameClaim: string
  /** Undefined: the issuer and `#`, except for the claim email, which stands by itself. `-`: none. */
  readonly usernamePrefix?: string
  /** Undefined: no groups. */
  readonly groupsClaim?: string
  readonly groupsPrefix: string
  /** Each must be there with this value. */
  readonly requiredClaims: Readonly<Record<string, string>>
}

/** Names that only this server itself may give: an issuer that could claim them could claim everything. */
const reserved = 'system:'

/** Undefined for claims that name nobody. */
export function userOfClaims(payload: JWTPayload, mapping: ClaimMapping): User | undefined {
  for (const [claim, value] of Object.entries(mapping.requiredClaims)) {
    if (payload[claim] !== value) return undefined
  }
  const claimed = payload[mapping.usernameClaim]
  if (typeof claimed !== 'string' || claimed === '') return undefined
  if (mapping.usernameClaim === 'email' && 'email_verified' in payload && payload.email_verified !== true)
    return undefined
  const name = `${usernamePrefixOf(mapping)}${claimed}`
  return name.startsWith(reserved) ? undefined : { name, groups: groupsOf(payload, mapping) }
}

function usernamePrefixOf({ issuerUrl, usernameClaim, usernamePrefix }: ClaimMapping): string {
  if (usernamePrefix === '-') return ''
  if (usernamePrefix !== undefined) return usernamePrefix
  return usernameClaim === 'email' ? '' : `${issuerUrl}#`
}

/** One group as text, or a list of them. */
function groupsOf(payload: JWTPayload, { groupsClaim, groupsPrefix }: ClaimMapping): string[] {
  if (groupsClaim === undefined) return []
  const claimed = payload[groupsClaim]
  const list: readonly unknown[] = Array.isArray(claimed) ? claimed : [claimed]
  return list
    .filter((group) => typeof group === 'string' && group !== '')
    .map((group) => `${groupsPrefix}${group}`)
    .filter((group) => !group.startsWith(reserved))
}
