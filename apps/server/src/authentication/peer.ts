/** The certificate that a client proved, and which authority signed it. */
import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

export interface Peer {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** Whether one of these authorities signed it. */
  isSignedBy(authorities: readonly X509Certificate[]): boolean
}

const peers = new WeakMap<TLSSocket, Peer>()

/** Undefined without a certificate that one of the server's authorities signed for use by clients. */
export function peerOf(socket: TLSSocket): Peer | undefined {
  if (!socket.authorized) return undefined
  const known = peers.get(socket)
  if (known !== undefined) return known
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const peer = peerWith(certificate)
  peers.set(socket, peer)
  return peer
}

function peerWith(certificate: X509Certificate): Peer {
  const { subject } = certificate.toLegacyObject()
  const signedBy = new Map<X509Certificate, boolean>()
  const isSignedByOne = (authority: X509Certificate): boolean => {
    const known = signedBy.get(authority)
    if (known !== undefined) return known
    const isSigned = certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
    signedBy.set(authority, isSigned)
    return isSigned
  }
  return {
    commonName: listOf(subject?.CN)[0] ?? '',
    organizations: listOf(subject?.O),
    isSignedBy: (authorities) => authorities.some(isSignedByOne),
  }
}

/** All certificates of a PEM bundle. */
export function parseAuthorities(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}

function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
