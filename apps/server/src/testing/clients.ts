/** Clients with certificates of their own, and the server's part of knowing them. */
import { createCertificateAuthority, issueClientCertificate, type KeyPair } from '../pki/certificates.ts'
import type { ServerOptions } from '../start-server.ts'
import { testPki } from './test-server.ts'

export interface Clients {
  /** For the server. */
  readonly tls: ServerOptions['tls']
  certificateOf(user: string, ...groups: string[]): Promise<KeyPair>
}

export async function createClients(): Promise<Clients> {
  const validity = { now: new Date(), days: 1 }
  const [authority, pki] = await Promise.all([createCertificateAuthority(validity), testPki()])
  return {
    tls: { ...pki.server, clientCa: pki.caCert + authority.cert },
    certificateOf: (user, ...groups) => issueClientCertificate(authority, { user, groups }, validity),
  }
}
