/** Requests and responses as the API sees them: no sockets, no framework. */
import type { Impersonation } from '../authentication/impersonation.ts'
import type { User } from '../authentication/user.ts'

export interface ApiRequest {
  readonly method: string
  readonly pathname: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** Of the client, as the connection has it. */
  readonly remoteAddress?: string
  /** Who the client proved to be; undefined for nobody. */
  readonly user: User | undefined
  /** Whom it wants to act as. */
  readonly impersonation?: Impersonation
  /** Aborts when the client has gone away or the server stops. */
  readonly signal: AbortSignal
}

export interface FullResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/** Takes one piece of a stream; resolves when the client can take more. Never rejects: the signal tells of the end. */
export type Send = (text: string) => Promise<void>

export interface StreamResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Sends until it resolves or the request's signal aborts. */
  readonly stream: (send: Send) => Promise<void>
}

export type ApiResponse = FullResponse | StreamResponse

export function json(body: unknown, status = 200, headers: FullResponse['headers'] = {}): FullResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(body)}\n`,
  }
}

export function text(body: string, status = 200): FullResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}
