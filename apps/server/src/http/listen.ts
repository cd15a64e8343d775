/**
 * The API on a socket: TLS with client certificates asked for, HTTP/2 and HTTP/1.1. All that is not sockets is `Api`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createSecureServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Authenticate } from '../authentication/authenticator.ts'
import { parseImpersonation } from '../authentication/impersonation.ts'
import { type Peer, peerOf } from '../authentication/peer.ts'
import type { Api } from '../routing/api.ts'
import { ApiError, unsupportedEncoding } from '../status/api-error.ts'
import { Connections } from './connections.ts'
import { headerList } from './header-list.ts'
import { type ApiRequest, type ApiResponse, json, type Send } from './message.ts'
import { readBody } from './read-body.ts'
import { parseTarget } from './request-target.ts'
import { defaultTimeouts, type Timeouts } from './timeouts.ts'

export interface TlsOptions {
  /** PEM. */
  readonly key: string
  readonly cert: string
  /** PEM: who signs the certificates of clients. */
  readonly clientCa: string
  /** PEM: who signs the certificates of front proxies. */
  readonly frontProxyCa?: string
}

export interface Listener {
  readonly port: number
  /** Ends all streams, lets requests under way finish for a moment, then closes every connection. */
  close(): Promise<void>
}

/** How long a request under way may go on after `close`, and a client may take to read what was sent. */
const graceMs = 2000

/** Requests and watches on one connection of HTTP/2; clients wait for one to end before they start another. */
const maxConcurrentStreams = 250

/** One handler serves both versions of HTTP. */
type Request = Http2ServerRequest | IncomingMessage
type Response = Http2ServerResponse | ServerResponse

/** Who asks, and the answer. */
export interface Handler {
  readonly api: Api
  readonly authenticate: Authenticate
}

/** Rejects with the system's error (`code` EADDRINUSE, EACCES, ...) when it can't listen there. */
export async function listen(
  handler: Handler,
  tls: TlsOptions,
  host: string,
  port: number,
  timeouts: Timeouts = defaultTimeouts,
): Promise<Listener> {
  const stopping = new AbortController()
  const connections = new Connections()
  const underWay = new Set<Promise<void>>()
  const { key, cert, clientCa, frontProxyCa } = tls
  const ca = frontProxyCa === undefined ? clientCa : [clientCa, frontProxyCa]
  // A connection without a certificate is let in: it may have a token, or only ask for health.
  const options = { key, cert, ca, requestCert: true, rejectUnauthorized: false, allowHTTP1: true }
  const limits = { ...limitsOf(timeouts), minVersion: 'TLSv1.2' as const }
  const server = createSecureServer({ ...options, ...limits }, (request, response) => {
    const served = serve(handler, request, response, stopping.signal, timeouts)
    underWay.add(served)
    void served.finally(() => underWay.delete(served))
  })
  connections.track(server)
  server.on('session', (session) => endWhenIdle(session, timeouts.idleMs))
  // A client that breaks off, or never meant to speak TLS, is no concern of ours.
  server.on('sessionError', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: portOf(server.address()),
    close: async () => {
      stopping.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await withinGrace(Promise.allSettled(underWay))
      connections.end()
      await withinGrace(closed)
      connections.destroy()
      await closed
    },
  }
}

/** What the platform itself enforces. It looks at slow HTTP/1.1 clients every so often. */
function limitsOf({ handshakeMs, headersMs, bodyMs }: Timeouts): SecureServerOptions {
  const http1Options = {
    headersTimeout: headersMs,
    // Who is refused before the body is read may take a little longer over it.
    requestTimeout: headersMs + 2 * bodyMs,
    connectionsCheckingInterval: Math.min(headersMs, 5000),
  }
  const settings = { maxConcurrentStreams }
  return { handshakeTimeout: handshakeMs, settings, http1Options, ...http1Options } as SecureServerOptions
}

/** A connection without a request is closed after a while; a quiet watch is a request. */
function endWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let open = 0
  const startTimer = (): NodeJS.Timeout => setTimeout(() => session.close(), idleMs).unref()
  let timer = startTimer()
  session.on('stream', (stream) => {
    open += 1
    clearTimeout(timer)
    stream.once('close', () => {
      open -= 1
      if (open === 0) timer = startTimer()
    })
  })
  session.once('close', () => clearTimeout(timer))
}

async function withinGrace(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
}

/** Never rejects. */
async function serve(
  handler: Handler,
  request: Request,
  response: Response,
  stopping: AbortSignal,
  { bodyMs }: Timeouts,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.on('error', () => gone.abort())
  request.on('error', () => gone.abort())
  try {
    const answer = await answerTo(handler, request, AbortSignal.any([gone.signal, stopping]), bodyMs)
    await write(answer, response, gone.signal)
    if (response instanceof Http2ServerResponse) stopSender(response.stream)
  } catch {
    // The connection broke while we read or wrote: there is nobody left to tell.
    if (response instanceof Http2ServerResponse) response.stream.destroy()
    else response.destroy()
  }
}

/**
 * Of a body that was given up, nothing more is taken. The end of the answer goes first: clients discard one that a reset
 * overtakes. Who has sent all is left alone, whether it was read or not.
 *
 * Source  RFC 9113, section 8.1.
 */
function stopSender(stream: ServerHttp2Stream): void {
  setImmediate(() => {
    if (stream.state.remoteClose === 0) stream.close()
  })
}

async function answerTo(
  { api, authenticate }: Handler,
  request: Request,
  signal: AbortSignal,
  bodyMs: number,
): Promise<ApiResponse> {
  try {
    const target = parseTarget(request.url ?? '/')
    const headers = headerList(request.rawHeaders)
    const user = await authenticate({ peer: peerOfRequest(request), headers })
    const impersonation = parseImpersonation(headers)
    const body = user === undefined ? new Uint8Array() : await bodyOf(request, bodyMs)
    return await api.handle({
      method: request.method ?? 'GET',
      ...target,
      headers: headersOf(request),
      body,
      ...remoteAddressOf(request),
      user,
      ...(impersonation === undefined ? {} : { impersonation }),
      signal,
    })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return json(error.toStatus(), error.code, { connection: 'close' })
  }
}

/** A body is taken as it is: a few kilobytes of gzip may be gigabytes. */
async function bodyOf(request: Request, withinMs: number): Promise<Uint8Array> {
  const encoding = String(request.headers['content-encoding'] ?? 'identity')
  if (encoding.toLowerCase() !== 'identity') throw unsupportedEncoding(encoding)
  return readBody(request, declaredBytes(request), withinMs)
}

function remoteAddressOf(request: Request): { remoteAddress?: string } {
  const { remoteAddress } = request.socket
  return remoteAddress === undefined ? {} : { remoteAddress }
}

function peerOfRequest(request: Request): Peer | undefined {
  const socket = request instanceof Http2ServerRequest ? request.stream.session?.socket : request.socket
  return socket instanceof TLSSocket ? peerOf(socket) : undefined
}

function declaredBytes(request: Request): number {
  return Number(request.headers['content-length'] ?? 0)
}

function headersOf(request: Request): ApiRequest['headers'] {
  const entries = Object.entries(request.headers)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

async function write(answer: ApiResponse, response: Response, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) {
    // HTTP/2 has no connection header of its own.
    if (name === 'connection' && response instanceof Http2ServerResponse) continue
    response.setHeader(name, typeof value === 'string' ? value : [...value])
  }
  if ('body' in answer) return finish(response, answer.body, gone)
  if (response instanceof Http2ServerResponse) response.writeHead(answer.status)
  else response.flushHeaders()
  await answer.stream((text) => send(response, text, gone))
  await finish(response, '', gone)
}

/** Resolves when all of the answer is handed on, or the client is gone. */
function finish(response: Response, body: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    response.once('finish', resolve)
    // Over HTTP/2 the response itself says so only when the client has ended its part too.
    if (response instanceof Http2ServerResponse) response.stream.once('finish', resolve)
    gone.addEventListener('abort', () => resolve(), { once: true })
    response.end(body)
  })
}

/** Waits for the client to catch up, or to go away. */
const send = (response: Response, text: string, gone: AbortSignal): ReturnType<Send> => {
  if (gone.aborted || response.writableEnded || writeText(response, text)) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      gone.removeEventListener('abort', done)
      resolve()
    }
    response.on('drain', done)
    gone.addEventListener('abort', done)
  })
}

/** The two responses declare `write` differently; for text they agree. */
function writeText(response: Response, text: string): boolean {
  return response instanceof Http2ServerResponse ? response.write(text) : response.write(text)
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port')
  return address.port
}
