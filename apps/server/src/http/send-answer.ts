/**
 * An answer on its way to the client, over either version of HTTP.
 *
 * Holds  A client that does not take its answer, or only drop by drop, is given up: nothing of it stays in memory.
 */
import type { ServerResponse } from 'node:http'
import { Http2ServerResponse } from 'node:http2'
import type { ApiResponse, Send } from './message.ts'
import type { Timeouts } from './timeouts.ts'

/** One writer serves both versions of HTTP. */
export type Response = Http2ServerResponse | ServerResponse

/** A larger answer goes out in pieces of this size, each when the one before has been taken; and it asks for memory. */
const pieceBytes = 256 * 1024

export class SlowReaderError extends Error {
  override readonly name = 'SlowReaderError'
}

export interface Delivery {
  /** Aborts when the client has gone away. */
  readonly gone: AbortSignal
  readonly timeouts: Pick<Timeouts, 'answerMs' | 'answerBytesPerMs'>
}

/**
 * Resolves when all of the answer is handed on, or the client is gone. Streams have patience of their own.
 * @throws SlowReaderError
 */
export async function sendAnswer(answer: ApiResponse, response: Response, delivery: Delivery): Promise<void> {
  const { gone, timeouts } = delivery
  if (gone.aborted) return
  writeHead(answer, response)
  if ('body' in answer) return sendBody(answer.body, response, delivery)
  if (response instanceof Http2ServerResponse) response.writeHead(answer.status)
  else response.flushHeaders()
  await answer.stream((text) => send(response, text, gone))
  await within(timeouts.answerMs, finish(response, '', gone))
}

/** Whether it asks for memory. */
export function isLarge(body: string): boolean {
  return body.length > pieceBytes
}

function writeHead(answer: ApiResponse, response: Response): void {
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) {
    // HTTP/2 has no connection header of its own.
    if (name === 'connection' && response instanceof Http2ServerResponse) continue
    response.setHeader(name, typeof value === 'string' ? value : [...value])
  }
}

async function sendBody(body: string, response: Response, { gone, timeouts }: Delivery): Promise<void> {
  const { answerMs, answerBytesPerMs } = timeouts
  if (!isLarge(body)) return within(answerMs, finish(response, body, gone))
  const bytes = Buffer.from(body)
  response.setHeader('content-length', bytes.length)
  const deadline = performance.now() + answerMs + bytes.length / answerBytesPerMs
  const left = (): number => Math.min(answerMs, deadline - performance.now())
  for (let at = 0; at < bytes.length; at += pieceBytes)
    await within(left(), send(response, bytes.subarray(at, at + pieceBytes), gone))
  await within(left(), finish(response, '', gone))
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
const send = (response: Response, piece: string | Uint8Array, gone: AbortSignal): ReturnType<Send> => {
  if (gone.aborted || response.writableEnded || writePiece(response, piece)) return Promise.resolve()
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

/** The two responses declare `write` differently; for this they agree. */
function writePiece(response: Response, piece: string | Uint8Array): boolean {
  return response instanceof Http2ServerResponse ? response.write(piece) : response.write(piece)
}

async function within(ms: number, taken: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new SlowReaderError()), ms)
  await Promise.race([taken, late.promise]).finally(() => clearTimeout(timer))
}
