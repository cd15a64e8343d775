/** Who asks? Each way of proving it is an authenticator; the first that knows the client decides. */
import type { HeaderList } from '../http/header-list.ts'
import type { Peer } from './peer.ts'
import { authenticatedGroup, type User } from './user.ts'

export interface Credentials {
  /** The certificate that the client proved on the connection. */
  readonly peer: Peer | undefined
  readonly headers: HeaderList
}

/** Undefined for whoever did not prove who he is in this way. Never throws for what a client sent. */
export type Authenticate = (credentials: Credentials) => Promise<User | undefined>

/** In this order; everybody who is known is in the group system:authenticated. */
export function authenticatorChain(authenticators: readonly Authenticate[]): Authenticate {
  return async (credentials) => {
    for (const authenticate of authenticators) {
      const user = await authenticate(credentials)
      if (user !== undefined) return asAuthenticated(user)
    }
    return undefined
  }
}

function asAuthenticated(user: User): User {
  if (user.groups.includes(authenticatedGroup)) return user
  return { ...user, groups: [...user.groups, authenticatedGroup] }
}
