/**
 * A proxy that has authenticated the user itself and says who it is, as a cluster's API server does for an aggregated one.
 * Its headers count only with its own certificate; from anybody else they are as if they were not there.
 *
 * Source  Kubernetes authentication, "Authenticating Proxy"; "Configure the Aggregation Layer".
 */
import type { X509Certificate } from 'node:crypto'
import type { HeaderList } from '../http/header-list.ts'
import type { Authenticate } from './authenticator.ts'
import { extraOf } from './extra-headers.ts'
import type { User } from './user.ts'

export interface FrontProxyOptions {
  /** Who signs the proxy's certificate; for nothing else. */
  readonly authorities: readonly X509Certificate[]
  /** Common names of its certificate; none means any. */
  readonly allowedNames: readonly string[]
}

const userHeader = 'x-remote-user'
const uidHeader = 'x-remote-uid'
const groupHeader = 'x-remote-group'
const extraPrefix = 'x-remote-extra-'

export function frontProxy({ authorities, allowedNames }: FrontProxyOptions): Authenticate {
  return async ({ peer, headers }) => {
    if (peer?.isSignedBy(authorities) !== true) return undefined
    if (allowedNames.length > 0 && !allowedNames.includes(peer.commonName)) return undefined
    return userOf(headers)
  }
}

function userOf(headers: HeaderList): User | undefined {
  const [name = ''] = headers.values(userHeader)
  if (name === '') return undefined
  const [uid = ''] = headers.values(uidHeader)
  const extra = extraOf(headers, extraPrefix)
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: headers.values(groupHeader).filter((group) => group !== ''),
    ...(extra === undefined ? {} : { extra }),
  }
}
