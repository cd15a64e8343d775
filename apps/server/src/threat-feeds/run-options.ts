/** What the server is told about threat feeds when it starts. */
import { getCACertificates } from 'node:tls'
import { readCertificates } from '../authentication/run-options.ts'
import type { Files } from '../pki/ensure-pki.ts'
import type { HttpListOptions } from './http-lists.ts'

export interface ThreatFeedOptions {
  /** Lists may be pulled from loopback, link-local and metadata addresses too. */
  readonly allowLocal?: boolean
  /** PEM: who may have signed certificates, besides those whom Node.js trusts. */
  readonly caFile?: string
}

/** @throws StartupError */
export async function readListOptions(
  { allowLocal = false, caFile }: ThreatFeedOptions = {},
  files: Files,
): Promise<HttpListOptions> {
  if (caFile === undefined) return { allowLocal }
  return { allowLocal, authorities: [...getCACertificates('default'), await readCertificates(caFile, files)] }
}
