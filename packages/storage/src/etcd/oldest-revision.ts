/** etcd tells how far it has compacted only to a watch that begins before that. */
import type { Connection } from './connection.ts'
import type { KeySpace } from './key-space.ts'
import type { WatchResponse } from './watch-messages.ts'

/** The oldest revision that etcd still has, given one that it refused. */
export async function oldestRevision(
  connection: Connection,
  keys: KeySpace,
  refused: bigint,
): Promise<bigint> {
  const stream = await connection.watch({ ...keys.objects(''), startRevision: refused > 1n ? refused : 1n })
  try {
    for await (const response of stream as AsyncIterable<WatchResponse>) {
      if (response.compactRevision > 0n) return response.compactRevision
      if (response.canceled || !response.created) break
    }
    return refused + 1n
  } finally {
    stream.cancel()
  }
}
