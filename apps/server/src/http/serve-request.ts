/** One request, over either version of HTTP: who asks, what it may hold, its body, and its answer on the way. */
import type { IncomingMessage } from 'node:http'
import {
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { Authenticate } from '../authentication/authenticator.ts'
import { parseImpersonation } from '../authentication/impersonation.ts'
import { peerOf } from '../authentication/peer.ts'
import type { User } from '../authentication/user.ts'
import type { Api } from '../routing/api.ts'
import { ApiError, unsupportedEncoding } from '../status/api-error.ts'
import { type Capacity, Claim, FloodError } from './capacity.ts'
import type { Connections } from './connections.ts'
import { headerList } from './header-list.ts'
import { type ApiRequest, type ApiResponse, json } from './message.ts'
import { type BodyMemory, discardBody, readBody } from './read-body.ts'
import { parseTarget } from './request-target.ts'
import { isLarge, type Response, SlowReaderError, sendAnswer } from './send-answer.ts'
import type { Timeouts } from './timeouts.ts'

/** One handler serves both versions of HTTP. */
type Request = Http2ServerRequest | IncomingMessage

/** Who asks, and the answer. */
export interface Handler {
  readonly api: Api
  readonly authenticate: Authenticate
}

/** What every request is served with. */
export interface Serving {
  readonly handler: Handler
  readonly capacity: Capacity
  readonly connections: Connections
  readonly timeouts: Timeouts
  readonly stopping: AbortSignal
}

/** Never rejects. */
export async function serveRequest(
  { handler, capacity, connections, timeouts, stopping }: Serving,
  request: Request,
  response: Response,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.on('error', () => gone.abort())
  request.on('error', () => gone.abort())
  const socket = socketOf(request)
  if (socket === undefined) return giveUp(response, undefined, timeouts.answerMs)
  const claim = new Claim(capacity, socket)
  try {
    const signal = AbortSignal.any([gone.signal, stopping])
    const answer = await answerTo({ handler, connections, timeouts }, request, socket, claim, signal)
    await sendAnswer(answer, response, { gone: gone.signal, timeouts })
    if (response instanceof Http2ServerResponse) stopSender(response.stream)
  } catch (error) {
    giveUp(response, error, timeouts.answerMs)
  } finally {
    claim.end()
  }
}

/** The connection broke while we read or wrote, or its client does not take what it asked for: there is nobody to tell. */
function giveUp(response: Response, error: unknown, answerMs: number): void {
  if (!(response instanceof Http2ServerResponse)) {
    response.destroy()
    return
  }
  const { stream } = response
  const { session } = stream
  stream.destroy()
  if (error instanceof FloodError) session?.destroy()
  else if (error instanceof SlowReaderError) endUnlessAlive(session, answerMs)
}

const asked = new WeakSet<Http2Session>()

/**
 * What was sent on a connection stays in memory until its client reads it, whatever becomes of the stream. A client that
 * does not read its connection at all does not answer a ping either.
 */
function endUnlessAlive(session: Http2Session | undefined, withinMs: number): void {
  if (session === undefined || session.destroyed || asked.has(session)) return
  asked.add(session)
  const timer = setTimeout(() => session.destroy(), withinMs)
  session.ping(() => {
    clearTimeout(timer)
    asked.delete(session)
  })
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
  { handler, connections, timeouts }: Pick<Serving, 'handler' | 'connections' | 'timeouts'>,
  request: Request,
  socket: TLSSocket,
  claim: Claim,
  signal: AbortSignal,
): Promise<ApiResponse> {
  try {
    const target = parseTarget(request.url ?? '/')
    const headers = headerList(request.rawHeaders)
    const user = await handler.authenticate({ peer: peerOf(socket), headers })
    if (user !== undefined) connections.prove(socket)
    const method = request.method ?? 'GET'
    claim.enter(user, method, target)
    const impersonation = parseImpersonation(headers)
    const body = await bodyOf(request, user, claim, timeouts.bodyMs)
    const answer = await handler.api.handle({
      method,
      ...target,
      headers: headersOf(request),
      body,
      ...remoteAddressOf(request),
      user,
      ...(impersonation === undefined ? {} : { impersonation }),
      signal,
    })
    if ('body' in answer && isLarge(answer.body)) claim.takeAnswer(Buffer.byteLength(answer.body))
    return withEnd(answer, request)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return withEnd(json(error.toStatus(), error.code, error.headers), request)
  } finally {
    claim.answered()
  }
}

/** The connection ends with the answer, if the client has not sent all: else it could go on sending for ever. */
function withEnd(answer: ApiResponse, request: Request): ApiResponse {
  return request.complete ? answer : { ...answer, headers: { ...answer.headers, connection: 'close' } }
}

/**
 * Nobody's body is thrown away as it comes, and so is one of a request that has no use for it: kept, it would stay as long
 * as a watch. One with an encoding is not taken: a few kilobytes of gzip may be gigabytes.
 */
async function bodyOf(
  request: Request,
  user: User | undefined,
  memory: BodyMemory,
  withinMs: number,
): Promise<Uint8Array> {
  if (user === undefined || request.method === 'GET' || request.method === 'HEAD') {
    discardBody(request)
    return new Uint8Array()
  }
  const encoding = String(request.headers['content-encoding'] ?? 'identity')
  if (encoding.toLowerCase() !== 'identity') throw unsupportedEncoding(encoding)
  return readBody(request, { declaredBytes: declaredBytes(request), withinMs, memory })
}

function remoteAddressOf(request: Request): { remoteAddress?: string } {
  const { remoteAddress } = request.socket
  return remoteAddress === undefined ? {} : { remoteAddress }
}

/** One object for each connection; over HTTP/2 it stands for the TLS socket. Undefined if the connection is gone. */
function socketOf(request: Request): TLSSocket | undefined {
  const socket = request instanceof Http2ServerRequest ? request.stream.session?.socket : request.socket
  return socket instanceof TLSSocket ? socket : undefined
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
