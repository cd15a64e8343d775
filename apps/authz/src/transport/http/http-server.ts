/**
 * The HTTP form of ext_authz: each request is the question itself, and the status is the answer.
 *
 * Limits  Headers are bounded in bytes by Node, which answers 431 by itself, and in number by us; bodies are never kept, and
 *         a connection that sends a large one ends; slow clients are cut off.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { NotReadyError } from '../../check/check.ts'
import { ask } from '../ask.ts'
import type { Judging } from '../grpc/check-call.ts'
import type { RunningServer } from '../grpc/grpc-server.ts'
import { checkListenOptions, type ListenEvents, Listener, type ListenOptions } from '../listen/listener.ts'
import { TlsMaterial } from '../listen/tls-files.ts'
import { within } from '../within.ts'
import { type ReadingOptions, readRequest } from './read-request.ts'
import { type HttpAnswer, httpAnswer, notReadyAnswer } from './write-answer.ts'

export type HttpFormOptions = ListenOptions & ReadingOptions

const serverOptions: ServerOptions = {
  maxHeaderSize: 64 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  noDelay: true,
}
const maxBodyBytes = 64 * 1024

/** @throws ListenError */
export async function startHttpServer(
  judging: Judging,
  options: HttpFormOptions,
  events: ListenEvents,
): Promise<RunningServer> {
  checkListenOptions(options)
  const material = options.tls && new TlsMaterial(options.tls)
  const server = serverFor(material, (request, response) => {
    answerRequest(judging, options, server.listening, request, response)
  })
  const listener = await Listener.open(server, options, events, material)
  let drained: Promise<void> | undefined
  const drain = async (drainMs: number): Promise<void> => {
    listener.close()
    server.closeIdleConnections()
    await within(drainMs, listener.connectionsGone())
    listener.destroyConnections()
  }
  return { address: listener.address, drain: (drainMs) => (drained ??= drain(drainMs)) }
}

type OnRequest = (request: IncomingMessage, response: ServerResponse) => void

function serverFor(material: TlsMaterial | undefined, answer: OnRequest): Server {
  const server =
    material === undefined
      ? createServer(serverOptions, answer)
      : createSecureServer({ ...serverOptions, ...material.serverOptions }, answer)
  // By itself Node leaves out headers beyond a number, and nobody would learn that one is missing.
  server.maxHeadersCount = 0
  return server.on('checkContinue', answer).on('checkExpectation', answer)
}

function answerRequest(
  judging: Judging,
  options: ReadingOptions,
  staysOpen: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  endIfLarge(request)
  const { status, headers, body } = judge(judging, options, request)
  for (const [name, value] of headers) response.setHeader(name, value)
  if (!staysOpen) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body)
}

function judge(
  { checker, denial, events }: Judging,
  options: ReadingOptions,
  { method = '', url = '', rawHeaders }: IncomingMessage,
): HttpAnswer {
  try {
    const read = () => readRequest({ method, target: url, rawHeaders }, options)
    return httpAnswer(ask(checker, read, denial, events))
  } catch (error) {
    if (error instanceof NotReadyError) return notReadyAnswer
    events.failed(error)
    return httpAnswer(denial)
  }
}

/** Nobody reads it, but what follows on this connection comes behind it. */
function endIfLarge(request: IncomingMessage): void {
  let received = 0
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > maxBodyBytes) request.destroy()
  })
  request.on('error', () => undefined)
}
