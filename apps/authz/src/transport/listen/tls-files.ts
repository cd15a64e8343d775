/**
 * Certificate and key of a listener, from files that somebody renews. They are read anew every so often, not watched for:
 * what mounts secrets swaps links of directories, which watching misses. Files that don't fit each other, as in the middle
 * of a renewal, are not taken; the last good ones stay.
 */
import { constants } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type TlsOptions } from 'node:tls'
import { ListenError } from './listen-error.ts'

export interface TlsFiles {
  /** Paths of PEM files. */
  readonly cert: string
  readonly key: string
  /** Who signs the certificates of proxies: then each must have one. */
  readonly clientCa?: string | undefined
}

type Material = Pick<TlsOptions, 'cert' | 'key' | 'ca'>

/** What a listener takes certificates by; tls.Server and https.Server have it. */
export interface SecureServer {
  setSecureContext(options: Material): void
}

const handshakeMs = 10_000

export class TlsMaterial {
  readonly #files: TlsFiles
  #last: Material

  /** @throws ListenError for files that can't be read, or don't fit each other */
  constructor(files: TlsFiles) {
    this.#files = files
    this.#last = read(files)
  }

  get serverOptions(): TlsOptions {
    const mustProve = this.#files.clientCa !== undefined
    return {
      ...this.#last,
      requestCert: mustProve,
      rejectUnauthorized: mustProve,
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeMs,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    }
  }

  /** True where the files had changed, and new connections get what is in them now. @throws ListenError, and nothing changed */
  reload(server: SecureServer): boolean {
    const next = read(this.#files)
    if (sameMaterial(next, this.#last)) return false
    server.setSecureContext(next)
    this.#last = next
    return true
  }
}

function read({ cert, key, clientCa }: TlsFiles): Material {
  const material = {
    cert: readFile(cert),
    key: readFile(key),
    ...(clientCa === undefined ? {} : { ca: readFile(clientCa) }),
  }
  try {
    createSecureContext(material)
    return material
  } catch (cause) {
    throw new ListenError(`the certificate ${cert} and the key ${key} can't be used: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ListenError(`can't read ${path}: ${reasonOf(cause)}`, { cause })
  }
}

function sameMaterial(a: Material, b: Material): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
