/** Reads a request body into memory, up to a limit, and no longer than it may take. */
import type { Readable } from 'node:stream'
import { ApiError, badRequest, bodyTooLarge, bodyTooSlow } from '../status/api-error.ts'

/** As kube-apiserver: 3 MiB, which is also about what etcd takes. */
export const maxBodyBytes = 3 * 1024 * 1024
/** So much of a body that is refused is still taken in, so that the client hears why instead of losing the line. */
const maxDiscardedBytes = 10 * maxBodyBytes

/** Where a body may lie. */
export interface BodyMemory {
  /** Asked before the memory is used. Throws the ApiError that the client shall hear. */
  takeBody(bytes: number): void
  /** All of it. */
  returnBody(): void
}

export interface BodyRules {
  /** As the client announced it; 0 if it did not. */
  readonly declaredBytes: number
  readonly withinMs: number
  readonly memory: BodyMemory
}

/**
 * Each chunk costs time, whatever its size: millions of one byte stop the server. After so many, they must have so many
 * bytes on the average.
 */
const freeChunks = 1000
const leastBytesPerChunk = 64

/** A client that was refused may end what it has begun to send, since only then some hear why; for so long. */
const refusedMs = 5000

/** Throws a 413, a 408, or what the memory throws. Leaves the rest of a body that it gave up unread. */
export async function readBody(request: Readable, rules: BodyRules): Promise<Uint8Array> {
  if (rules.declaredBytes > maxDiscardedBytes) throw bodyTooLarge(maxBodyBytes)
  const body = new Body(rules.memory)
  await received(request, body, rules.withinMs)
  return body.bytes()
}

/**
 * Resolves when all has come, or nothing more is wanted. Events, and no promise for each chunk: chunks may have one byte,
 * and three million promises that wait for the same end take a gigabyte.
 */
function received(request: Readable, body: Body, withinMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const count = new ChunkCount()
  const late = setTimeout(() => reject(bodyTooSlow(withinMs)), withinMs)
  let refused: NodeJS.Timeout | undefined
  const take = (chunk: Uint8Array): void => {
    body.add(chunk)
    count.add(chunk)
    if (count.isTiny) reject(tinyChunks())
    else if (count.bytes > maxDiscardedBytes) resolve()
    else if (body.isRefused) refused ??= setTimeout(resolve, Math.min(refusedMs, withinMs))
  }
  const broken = (cause?: unknown): void => reject(new Error('the body of the request broke off', { cause }))
  // Over HTTP/2 a body that was broken off ends as if it were whole.
  const listeners = { data: take, end: resolve, aborted: broken, error: broken, close: broken }
  for (const [event, listener] of Object.entries(listeners)) request.on(event, listener)
  if (request.destroyed) broken()
  return promise.finally(() => {
    clearTimeout(late)
    clearTimeout(refused)
    for (const [event, listener] of Object.entries(listeners)) request.off(event, listener)
    request.pause()
  })
}

/** Throws away what comes, as long as it is worth it; then the request breaks off. */
export function discardBody(request: Readable): void {
  const count = new ChunkCount()
  request.on('data', (chunk: Uint8Array) => {
    count.add(chunk)
    if (count.isTiny || count.bytes > maxDiscardedBytes) request.destroy()
  })
}

class ChunkCount {
  bytes = 0
  #chunks = 0

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length
    this.#chunks += 1
  }

  get isTiny(): boolean {
    return this.#chunks > freeChunks && this.bytes < this.#chunks * leastBytesPerChunk
  }
}

function tinyChunks(): ApiError {
  return badRequest(
    `the body of the request comes in too small pieces; they must have ${leastBytesPerChunk} bytes on the average`,
  )
}

/** One piece of memory, which grows: a body of millions of chunks of one byte takes no more than any other. */
class Body {
  readonly #memory: BodyMemory
  #buffer = Buffer.alloc(0)
  #size = 0
  /** Why it is not kept any more. */
  #refusal: ApiError | undefined

  constructor(memory: BodyMemory) {
    this.#memory = memory
  }

  add(chunk: Uint8Array): void {
    if (this.#refusal !== undefined) return
    try {
      this.#reserve(this.#size + chunk.length)
      this.#buffer.set(chunk, this.#size)
      this.#size += chunk.length
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#refusal = error
      this.#buffer = Buffer.alloc(0)
      this.#memory.returnBody()
    }
  }

  get isRefused(): boolean {
    return this.#refusal !== undefined
  }

  /** Throws why it was refused. */
  bytes(): Uint8Array {
    if (this.#refusal !== undefined) throw this.#refusal
    return this.#buffer.subarray(0, this.#size)
  }

  #reserve(size: number): void {
    if (size > maxBodyBytes) throw bodyTooLarge(maxBodyBytes)
    const now = this.#buffer.length
    if (size <= now) return
    const grown = Math.min(maxBodyBytes, Math.max(size, 2 * now))
    this.#memory.takeBody(grown - now)
    const larger = Buffer.alloc(grown)
    larger.set(this.#buffer.subarray(0, this.#size))
    this.#buffer = larger
  }
}
