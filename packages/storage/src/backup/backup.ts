/** Writes down all objects of a store, whichever driver it has, as they were at one revision. */
import type { BackupSource } from '../store.ts'
import { formatName, formatVersion, type Header, LineHash, type ObjectLine, type Trailer } from './format.ts'

export interface BackupOptions {
  /** What must be nowhere but where it is used, and is made anew where it is missing. */
  readonly leavesOut?: (value: ObjectLine['value']) => boolean
}

/**
 * The lines, without line feeds; `now` is told in the first one. The store may be written to meanwhile. Journals are not in it, but how far
 * they have been read is.
 * @throws CompactedError when so much was written meanwhile that the revision is gone: begin again
 */
export async function* backup(
  store: BackupSource,
  now: Date,
  { leavesOut = () => false }: BackupOptions = {},
): AsyncGenerator<string, void, undefined> {
  const hash = new LineHash()
  const sealed = (content: Header | ObjectLine): string => {
    const line = JSON.stringify(content)
    hash.add(line)
    return line
  }
  const revision = await store.currentRevision()
  const [format, version, madeAt] = [formatName, formatVersion, now.toISOString()] as const
  const auditedRevision = String(await auditedUpTo(store, revision))
  yield sealed({ format, version, revision: String(revision), auditedRevision, madeAt })
  let count = 0
  for await (const object of objectsAt(store, revision)) {
    if (leavesOut(object.value)) continue
    yield sealed(object)
    count++
  }
  const trailer: Trailer = { count, sha256: hash.digest() }
  yield JSON.stringify(trailer)
}

const pageSize = 500

/** A record leaves the journal only after it is in an audit log. */
async function auditedUpTo(store: BackupSource, revision: bigint): Promise<bigint> {
  const [oldest] = await store.journal().read(0n, 1)
  return oldest === undefined || oldest.revision > revision ? revision : oldest.revision - 1n
}

async function* objectsAt(
  store: BackupSource,
  atRevision: bigint,
): AsyncGenerator<ObjectLine, void, undefined> {
  let startAfter = ''
  for (;;) {
    const { objects, hasMore } = await store.list('/', { atRevision, startAfter, limit: pageSize })
    for (const { key, value } of objects) yield { key, value }
    if (!hasMore) return
    startAfter = objects.at(-1)?.key ?? startAfter
  }
}
