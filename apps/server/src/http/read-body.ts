/** Reads a request body into memory, up to a limit. */
import { bodyTooLarge } from '../status/api-error.ts'

/** As kube-apiserver: 3 MiB, which is also about what etcd takes. */
export const maxBodyBytes = 3 * 1024 * 1024
/** So much of a body that is too large is still taken in, so that the client hears why instead of losing the line. */
const maxDiscardedBytes = 10 * maxBodyBytes

/** Throws a 413. */
export async function readBody(
  chunks: AsyncIterable<Uint8Array>,
  declaredBytes: number,
): Promise<Uint8Array> {
  if (declaredBytes > maxDiscardedBytes) throw bodyTooLarge(maxBodyBytes)
  const kept: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size <= maxBodyBytes) kept.push(chunk)
    if (size > maxDiscardedBytes) break
  }
  if (size > maxBodyBytes) throw bodyTooLarge(maxBodyBytes)
  return Buffer.concat(kept)
}
