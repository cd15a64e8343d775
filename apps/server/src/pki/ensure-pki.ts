/**
 * The server's certificates on disk: made at the first start, used again at the next ones, made anew when they near
 * their end, no longer fit the names, or are damaged.
 */
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import {
  type ClientIdentity,
  createCertificateAuthority,
  inspect,
  issueClientCertificate,
  issueServerCertificate,
  type KeyPair,
} from './certificates.ts'

/** The files of the machine, as far as the certificates need them. */
export interface Files {
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>
  /** Replaces the file as a whole or not at all; readable by the owner alone when `isPrivate`. */
  write(path: string, content: string, isPrivate: boolean): Promise<void>
}

export interface PkiOptions {
  readonly now: Date
  /** Addresses and names of the server besides 127.0.0.1, ::1 and localhost. */
  readonly names?: readonly string[]
}

export interface Pki {
  /** PEM: what clients trust, and what signs them. */
  readonly caCert: string
  readonly server: KeyPair
  /** A client in the group system:masters. */
  readonly admin: KeyPair
}

export const localNames = ['127.0.0.1', '::1', 'localhost']
export const admin: ClientIdentity = { user: 'margay-admin', groups: ['system:masters'] }

const dayMs = 24 * 60 * 60 * 1000
const authorityDays = 3650
const certificateDays = 365
/** So near its end, a certificate is made anew; the authority, since all hang on it, earlier. */
const renewBeforeDays = 30
const renewAuthorityBeforeDays = certificateDays

/** `directory` must exist. Keys are written before their certificates, so a crash in between costs only a renewal. */
export async function ensurePki(directory: string, files: Files, options: PkiOptions): Promise<Pki> {
  const { now } = options
  const names = [...new Set([...localNames, ...(options.names ?? [])])]
  const pair = new PairFiles(directory, files)
  const authority = await pair.ensure(
    'ca',
    (stored) => lasts(stored, now, renewAuthorityBeforeDays),
    () => createCertificateAuthority({ now, days: authorityDays }),
  )
  const validity = { now, days: certificateDays }
  const isCurrent = (stored: KeyPair): boolean =>
    lasts(stored, now, renewBeforeDays) && inspect(stored)?.isSignedBy(authority) === true
  const server = await pair.ensure(
    'server',
    (stored) => isCurrent(stored) && names.every((name) => inspect(stored)?.isFor(name) === true),
    () => issueServerCertificate(authority, { names }, validity),
  )
  const client = await pair.ensure('admin', isCurrent, () =>
    issueClientCertificate(authority, admin, validity),
  )
  return { caCert: authority.cert, server, admin: client }
}

/** A start after this makes a new authority. */
export function authorityRenewal(caCert: string): Date {
  const end = new Date(new X509Certificate(caCert).validTo)
  return new Date(end.getTime() - renewAuthorityBeforeDays * dayMs)
}

class PairFiles {
  readonly #directory: string
  readonly #files: Files

  constructor(directory: string, files: Files) {
    this.#directory = directory
    this.#files = files
  }

  async ensure(
    name: string,
    isGood: (stored: KeyPair) => boolean,
    make: () => Promise<KeyPair>,
  ): Promise<KeyPair> {
    const stored = await readPair(this.#directory, name, this.#files)
    if (stored !== undefined && isGood(stored)) return stored
    const made = await make()
    await this.#files.write(pathOf(this.#directory, name, 'key'), made.key, true)
    await this.#files.write(pathOf(this.#directory, name, 'crt'), made.cert, false)
    return made
  }
}

/** Undefined when a part of it is missing. */
export async function readPair(directory: string, name: string, files: Files): Promise<KeyPair | undefined> {
  const [cert, key] = await Promise.all([
    files.read(pathOf(directory, name, 'crt')),
    files.read(pathOf(directory, name, 'key')),
  ])
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

function pathOf(directory: string, name: string, extension: 'crt' | 'key'): string {
  return join(directory, `${name}.${extension}`)
}

function lasts(stored: KeyPair, now: Date, days: number): boolean {
  const inspection = inspect(stored)
  return inspection !== undefined && inspection.expires.getTime() - now.getTime() > days * dayMs
}
