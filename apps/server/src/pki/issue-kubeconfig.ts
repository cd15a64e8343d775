/**
 * Credentials for nodes and users, issued from a server's data directory while the server runs or not: nothing of it is
 * changed, and nothing else is asked.
 */
import { join } from 'node:path'
import { nodesGroup, nodeUserPrefix } from '../authentication/user.ts'
import { type ClientIdentity, inspect, issueClientCertificate, type KeyPair } from './certificates.ts'
import { type Files, readPair } from './ensure-pki.ts'
import { formatKubeconfig } from './kubeconfig.ts'

export interface IssueOptions {
  /** Of the server whose authority signs. */
  readonly dataDir: string
  readonly identity: ClientIdentity
  readonly now: Date
  /** Above zero. */
  readonly validityMs: number
  /** Base URL that the client is to call; by default the one in the kubeconfig of the data directory. */
  readonly server?: string
}

export interface IssuedKubeconfig {
  /** YAML. It holds a private key. */
  readonly text: string
  readonly server: string
  readonly expires: Date
  /** False: the server's certificate is for other names, and clients will refuse it. */
  readonly isServerNameCertified: boolean
}

/** Why nothing was issued, in one line for a person. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError'
}

/** What the server takes for the agent of this node. Source: Kubernetes, "Using Node Authorization". */
export function nodeIdentity(name: string): ClientIdentity {
  return { user: `${nodeUserPrefix}${name}`, groups: [nodesGroup] }
}

/** @throws CredentialsError, and what reading files throws */
export async function issueKubeconfig(options: IssueOptions, files: Files): Promise<IssuedKubeconfig> {
  const { dataDir, identity, now, validityMs } = options
  const pki = join(dataDir, 'pki')
  const authority = await readAuthority(pki, files)
  const expires = new Date(now.getTime() + validityMs)
  checkEnd(authority, expires)
  const server = options.server ?? (await ownAddress(dataDir, files))
  const client = await issueClientCertificate(authority, identity, { now, days: validityMs / dayMs })
  const text = formatKubeconfig({ server, caCert: authority.cert, client, user: identity.user })
  return { text, server, expires, isServerNameCertified: await isCertified(pki, server, files) }
}

const dayMs = 24 * 60 * 60 * 1000

async function readAuthority(pki: string, files: Files): Promise<KeyPair> {
  const authority = await readPair(pki, 'ca', files)
  if (authority === undefined)
    throw new CredentialsError(
      `${pki} has no certificate authority (ca.crt and ca.key): give --data-dir of a server that was started once`,
    )
  if (inspect(authority) === undefined)
    throw new CredentialsError(`${pki}: ca.crt and ca.key are no certificate with its key`)
  return authority
}

/** A certificate that outlives its authority would fail with it, without anybody having been told. */
function checkEnd(authority: KeyPair, expires: Date): void {
  const end = inspect(authority)?.expires
  if (end === undefined || expires <= end) return
  throw new CredentialsError(
    `the certificate would be valid until ${dayOf(expires)}, but the server's authority ends on ${dayOf(end)}: choose a shorter validity`,
  )
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}

/** As the server itself has written it at its last start. */
async function ownAddress(dataDir: string, files: Files): Promise<string> {
  const path = join(dataDir, 'kubeconfig')
  const server = /^ +server: "(.*)"$/m.exec((await files.read(path)) ?? '')?.[1]
  if (server !== undefined) return server
  throw new CredentialsError(`${path} does not say how the server is called: give --server https://NAME:PORT`)
}

/** A certificate that can't be read is made anew at the server's next start, so nothing is said of its names. */
async function isCertified(pki: string, server: string, files: Files): Promise<boolean> {
  const pair = await readPair(pki, 'server', files)
  const inspection = pair === undefined ? undefined : inspect(pair)
  return inspection === undefined || inspection.isFor(hostOf(server))
}

/** IPv6 addresses stand in brackets in a URL. */
function hostOf(server: string): string {
  return new URL(server).hostname.replace(/^\[(.*)\]$/, '$1')
}
