/**
 * Making X.509 certificates: an authority, and certificates that it signs. Keys are EC P-256.
 *
 * Source  RFC 5280; Kubernetes PKI certificates and requirements (client names and groups in the subject).
 */
import 'reflect-metadata'
import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface ServerIdentity {
  /** IP addresses and DNS names that clients may call it by. */
  readonly names: readonly string[]
}

export interface ClientIdentity {
  readonly user: string
  readonly groups: readonly string[]
}

/** A certificate is good from a little before `now`, since clocks differ, for this many days. */
export interface Validity {
  readonly now: Date
  readonly days: number
}

const dayMs = 24 * 60 * 60 * 1000
const clockSkewMs = 60 * 60 * 1000
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

x509.cryptoProvider.set(webcrypto)

export async function createCertificateAuthority(validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys()
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    ...lifetime(validity),
    serialNumber: serialNumber(),
    name: [{ CN: ['margay-ca'] }],
    keys,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return toPem(cert, keys.privateKey)
}

export async function issueServerCertificate(
  authority: KeyPair,
  { names }: ServerIdentity,
  validity: Validity,
): Promise<KeyPair> {
  const alternatives = names.map((name) => ({
    type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const),
    value: name,
  }))
  return issue(authority, [{ CN: ['margay-server'] }], x509.ExtendedKeyUsage.serverAuth, validity, [
    new x509.SubjectAlternativeNameExtension(alternatives),
  ])
}

export async function issueClientCertificate(
  authority: KeyPair,
  { user, groups }: ClientIdentity,
  validity: Validity,
): Promise<KeyPair> {
  // As objects: the library would read quotes and a leading # in plain strings as its own syntax, and so change the name.
  const subject = new x509.Name([
    ...groups.map((group) => ({ O: [{ utf8String: group }] })),
    { CN: [{ utf8String: user }] },
  ])
  return issue(authority, subject, x509.ExtendedKeyUsage.clientAuth, validity, [])
}

async function issue(
  authority: KeyPair,
  subject: x509.JsonName | x509.Name,
  usage: x509.ExtendedKeyUsage,
  validity: Validity,
  extensions: readonly x509.Extension[],
): Promise<KeyPair> {
  const keys = await generateKeys()
  const issuer = new x509.X509Certificate(authority.cert)
  const cert = await x509.X509CertificateGenerator.create({
    ...lifetime(validity),
    serialNumber: serialNumber(),
    subject,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage], false),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions,
    ],
  })
  return toPem(cert, keys.privateKey)
}

function lifetime({ now, days }: Validity): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - clockSkewMs),
    notAfter: new Date(now.getTime() + days * dayMs),
  }
}

/** 127 random bits, so that no two certificates of one authority share a number. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), keyAlgorithm, false, ['sign'])
}

async function toPem(cert: x509.X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPair> {
  const der = await webcrypto.subtle.exportKey('pkcs8', privateKey)
  return { cert: `${cert.toString('pem')}\n`, key: `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n` }
}

/** What a stored pair is good for; undefined when it is no pair at all. */
export interface Inspection {
  readonly expires: Date
  /** Whether the authority signed it. */
  isSignedBy(authority: KeyPair): boolean
  /** Whether a client that calls it by this name would take it. */
  isFor(name: string): boolean
}

export function inspect({ cert, key }: KeyPair): Inspection | undefined {
  try {
    const certificate = new NodeCertificate(cert)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined
    return {
      expires: new Date(certificate.validTo),
      isSignedBy: (authority) => {
        const issuer = new NodeCertificate(authority.cert)
        return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
      },
      isFor: (name) =>
        (isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name)) !==
        undefined,
    }
  } catch {
    return undefined
  }
}
