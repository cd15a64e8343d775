/** Reads a request body into memory, up to a limit, and no longer than it may take. */
import { bodyTooLarge, bodyTooSlow } from '../status/api-error.ts'

/** As kube-apiserver: 3 MiB, which is also about what etcd takes. */
export const maxBodyBytes = 3 * 1024 * 1024
/** So much of a body that is too large is still taken in, so that the client hears why instead of losing the line. */
const maxDiscardedBytes = 10 * maxBodyBytes

/** Throws a 413 or a 408. Leaves the rest of a body that it gave up unread. */
export async function readBody(
  chunks: AsyncIterable<Uint8Array>,
  declaredBytes: number,
  withinMs: number,
): Promise<Uint8Array> {
  if (declaredBytes > maxDiscardedBytes) throw bodyTooLarge(maxBodyBytes)
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => undefined)
  const timer = setTimeout(() => late.reject(bodyTooSlow(withinMs)), withinMs)
  try {
    return await collect(chunks[Symbol.asyncIterator](), late.promise)
  } finally {
    clearTimeout(timer)
  }
}

/** No `for await`: leaving it early would break the connection, and the client would not hear why. */
async function collect(chunks: AsyncIterator<Uint8Array>, late: Promise<never>): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  let size = 0
  while (size <= maxDiscardedBytes) {
    const { value, done } = await Promise.race([chunks.next(), late])
    if (done === true) break
    size += value.length
    if (size <= maxBodyBytes) kept.push(value)
    else kept.length = 0
  }
  if (size > maxBodyBytes) throw bodyTooLarge(maxBodyBytes)
  return Buffer.concat(kept)
}
