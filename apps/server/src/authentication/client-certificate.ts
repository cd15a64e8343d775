/**
 * The user that a TLS client certificate names: the common name is the user, the organizations are the groups.
 *
 * Source  Kubernetes authentication, "X.509 client certificates".
 */
import type { X509Certificate } from 'node:crypto'
import type { Authenticate } from './authenticator.ts'

export function clientCertificates(authorities: readonly X509Certificate[]): Authenticate {
  return async ({ peer }) => {
    if (peer === undefined || peer.commonName === '' || !peer.isSignedBy(authorities)) return undefined
    return { name: peer.commonName, groups: peer.organizations }
  }
}
