/**
 * Fills an empty store from a backup.
 *
 * Holds  Nothing is written before the whole backup was read and its trailer found right.
 * Cost   The whole backup is in memory meanwhile.
 */
import type { Store } from '../store.ts'
import { BackupDamagedError, BackupFormatError, StoreNotEmptyError } from './errors.ts'
import { formatVersion, isHeader, isObjectLine, isTrailer, LineHash, type ObjectLine } from './format.ts'

export interface RestoreResult {
  readonly count: number
  /** That the store is at now. Objects have revisions of this store, not those of the backup. */
  readonly revision: bigint
}

/**
 * `lines` are without line feeds. If a write fails midway, what was written so far stays: empty the store to try again.
 * @throws BackupFormatError, BackupDamagedError, StoreNotEmptyError
 */
export async function restore(
  store: Store,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<RestoreResult> {
  const objects = await readBackup(lines)
  const { objects: present } = await store.list('/', { limit: 1 })
  if (present[0] !== undefined) throw new StoreNotEmptyError(present[0].key)
  for (let n = 0; n < objects.length; n += writesAtOnce) {
    const some = objects.slice(n, n + writesAtOnce)
    await Promise.all(some.map(({ key, value }) => store.create(key, value)))
  }
  return { count: objects.length, revision: await store.currentRevision() }
}

const writesAtOnce = 64

/** Every line but the last, which is held back, is what the trailer's hash is of. */
async function readBackup(lines: AsyncIterable<string> | Iterable<string>): Promise<ObjectLine[]> {
  const hash = new LineHash()
  const objects: ObjectLine[] = []
  let [count, last] = [0, '']
  for await (const line of lines) {
    if (++count === 1) assertHeader(line)
    else if (count > 2) objects.push(objectOf(last, count - 1, objects.at(-1)?.key ?? ''))
    if (count > 1) hash.add(last)
    last = line
  }
  if (count === 0) throw new BackupFormatError('this is no backup: it is empty')
  assertTrailer(last, objects.length, hash.digest())
  return objects
}

function assertHeader(line: string): void {
  const header = parse(line)
  if (!isHeader(header)) throw new BackupFormatError('this is no backup: its first line is no header of one')
  if (header.version > formatVersion) {
    const known = `this version reads formats up to ${formatVersion}`
    throw new BackupFormatError(`the backup has format ${header.version}, and ${known}`)
  }
}

function objectOf(line: string, number: number, previousKey: string): ObjectLine {
  const object = parse(line)
  if (!isObjectLine(object)) throw new BackupDamagedError(`line ${number} of the backup is no object`)
  if (object.key <= previousKey) throw new BackupDamagedError(`line ${number} of the backup is out of order`)
  return object
}

function assertTrailer(line: string, count: number, sha256: string): void {
  const trailer = parse(line)
  if (!isTrailer(trailer)) throw new BackupDamagedError('the backup is cut off: its last line is no trailer')
  if (trailer.count !== count) {
    throw new BackupDamagedError(`the backup has ${count} objects, and its trailer says ${trailer.count}`)
  }
  if (trailer.sha256 !== sha256) throw new BackupDamagedError('the backup was altered: its checksum is wrong')
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
