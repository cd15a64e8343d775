/** From flags and files to the parts of authentication. */
import { join } from 'node:path'
import type { Files } from '../pki/ensure-pki.ts'
import type { ServerOptions } from '../start-server.ts'
import { StartupError } from '../startup-error.ts'
import { httpsJson } from './oidc/fetch-json.ts'
import { parseAuthorities } from './peer.ts'
import { ensureSigningKeys } from './service-account/signing-key.ts'

export interface AuthenticationOptions {
  /** A URL; by default that of a cluster's own API server. Tokens of another issuer no longer count. */
  readonly serviceAccountIssuer?: string
  /** A proxy in front that says who the user is. */
  readonly frontProxy?: { readonly caFile: string; readonly allowedNames?: readonly string[] }
  readonly oidc?: OidcFlags
}

export interface OidcFlags {
  /** Begins with https://. */
  readonly issuerUrl: string
  readonly clientId: string
  /** Whom the issuer's certificate is vouched for by; by default the system's authorities. */
  readonly caFile?: string
  readonly usernameClaim?: string
  readonly usernamePrefix?: string
  readonly groupsClaim?: string
  readonly groupsPrefix?: string
  /** Each `name=value`. */
  readonly requiredClaims?: readonly string[]
  readonly signingAlgorithms?: readonly string[]
}

type AuthenticationParts = Pick<ServerOptions, 'tokens' | 'frontProxyNames' | 'oidc'> & {
  readonly frontProxyCa?: string
}

const defaultIssuer = 'https://kubernetes.default.svc'

/** Reads and makes files in `directory`. @throws StartupError */
export async function readAuthentication(
  options: AuthenticationOptions,
  directory: string,
  files: Files,
): Promise<AuthenticationParts> {
  const { serviceAccountIssuer: issuer = defaultIssuer, frontProxy, oidc } = options
  const keys = await usable(join(directory, 'sa.key'), () => ensureSigningKeys(directory, files))
  return {
    tokens: { issuer, audiences: [issuer], keys },
    ...(frontProxy === undefined ? {} : await readFrontProxy(frontProxy, files)),
    ...(oidc === undefined ? {} : { oidc: await readOidc(oidc, files) }),
  }
}

async function readFrontProxy(
  { caFile, allowedNames = [] }: NonNullable<AuthenticationOptions['frontProxy']>,
  files: Files,
) {
  return { frontProxyCa: await readCertificates(caFile, files), frontProxyNames: allowedNames }
}

async function readOidc(flags: OidcFlags, files: Files): Promise<NonNullable<ServerOptions['oidc']>> {
  const { issuerUrl, clientId, usernamePrefix, groupsClaim, caFile } = flags
  if (!issuerUrl.startsWith('https://'))
    throw unusable(`the OIDC issuer must be a URL that begins with https://, but is ${issuerUrl}`, undefined)
  const ca = caFile === undefined ? undefined : await readCertificates(caFile, files)
  return {
    issuerUrl,
    clientId,
    usernameClaim: flags.usernameClaim ?? 'sub',
    ...(usernamePrefix === undefined ? {} : { usernamePrefix }),
    ...(groupsClaim === undefined ? {} : { groupsClaim }),
    groupsPrefix: flags.groupsPrefix ?? '',
    requiredClaims: Object.fromEntries((flags.requiredClaims ?? []).map(parseClaim)),
    signingAlgorithms: flags.signingAlgorithms ?? ['RS256'],
    fetchJson: httpsJson(ca),
  }
}

function parseClaim(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw unusable(`a required claim must read name=value, but is ${text}`, undefined)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** @throws StartupError */
export async function readCertificates(path: string, files: Files): Promise<string> {
  const pem = await usable(path, () => files.read(path))
  if (pem === undefined) throw unusable(`${path}: no such file`, undefined)
  const found = await usable(path, async () => parseAuthorities(pem))
  if (found.length === 0) throw unusable(`${path}: holds no certificate`, undefined)
  return pem
}

async function usable<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (cause) {
    throw unusable(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function unusable(message: string, cause: unknown): StartupError {
  return new StartupError('AuthenticationUnusable', message, cause)
}
