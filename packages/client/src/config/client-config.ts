/** What a client must know to reach and be known by one API server. */
export interface ClientConfig {
  /** Base URL, `https://` or `http://`, as `https://127.0.0.1:6443`; a path before the API's own is kept. */
  readonly server: string
  /** PEM; undefined: the system's authorities. */
  readonly ca?: string
  /** PEM, both or neither. */
  readonly clientCertificate?: string
  readonly clientKey?: string
  /** Sent as a bearer token. */
  readonly token?: string
  /** The name that the server's certificate must carry, where it is not the host of `server`. */
  readonly tlsServerName?: string
  readonly insecureSkipTlsVerify?: boolean
  /** For requests that name no namespace. */
  readonly namespace?: string
}

/** A configuration that can't be used: one line that names the file, and the field where one is at fault. */
export class ClientConfigError extends Error {
  override readonly name = 'ClientConfigError'
  readonly file: string
  /** Such as `clusters[0].cluster.server`; empty for the file as a whole. */
  readonly field: string

  constructor(place: { file: string; line?: number; field?: string }, what: string, cause?: unknown) {
    const { file, line, field = '' } = place
    const where = line === undefined ? file : `${file}:${line}`
    super(`${where}: ${field === '' ? '' : `${field}: `}${what}`, { cause })
    this.file = file
    this.field = field
  }
}
