/**
 * Makes a store hold what a backup holds.
 *
 * Holds  Nothing is written before the whole backup was read and its trailer found right.
 *        The writes themselves are many: if one fails, those before it stay, and whoever watches sees them one by one.
 * Cost   The whole backup is in memory meanwhile, and what is replaced.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Store, StoredObject } from '../store.ts'
import { BackupDamagedError, BackupFormatError, StoreNotEmptyError } from './errors.ts'
import { formatVersion, isHeader, isObjectLine, isTrailer, LineHash, type ObjectLine } from './format.ts'

export interface RestoreOptions {
  /** Also where there are objects: what differs is written anew, and what the backup does not have is deleted. */
  readonly replace?: boolean
}

export interface RestoreResult {
  /** How many objects the backup has. */
  readonly count: number
  /** That the store is at now. Objects have revisions of this store, not those of the backup. */
  readonly revision: bigint
}

/**
 * `lines` are without line feeds. Nobody else should write meanwhile: a write that comes between fails the restore with
 * AlreadyExistsError, ConflictError or NotFoundError. After a failure, `replace` tries again.
 * @throws BackupFormatError, BackupDamagedError, StoreNotEmptyError
 */
export async function restore(
  store: Store,
  lines: AsyncIterable<string> | Iterable<string>,
  { replace = false }: RestoreOptions = {},
): Promise<RestoreResult> {
  const objects = await readBackup(lines)
  const surplus = await presentObjects(store, replace)
  await forEach(objects, async ({ key, value }) => {
    await put(store, key, value, surplus.get(key))
    surplus.delete(key)
  })
  await forEach([...surplus.values()], ({ key, revision }) => store.delete(key, revision))
  return { count: objects.length, revision: await store.currentRevision() }
}

async function presentObjects(store: Store, mayBeThere: boolean): Promise<Map<string, StoredObject>> {
  const { objects } = await store.list('/', mayBeThere ? {} : { limit: 1 })
  if (!mayBeThere && objects[0] !== undefined) throw new StoreNotEmptyError(objects[0].key)
  return new Map(objects.map((object) => [object.key, object]))
}

async function put(
  store: Store,
  key: string,
  value: ObjectLine['value'],
  present: StoredObject | undefined,
): Promise<void> {
  if (present === undefined) await store.create(key, value)
  else if (!isDeepStrictEqual(present.value, value)) await store.update(key, value, present.revision)
}

/** A network round trip each, so that some at once are faster by far. */
async function forEach<T>(items: readonly T[], task: (item: T) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < items.length; n += writesAtOnce) {
    await Promise.all(items.slice(n, n + writesAtOnce).map(task))
  }
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
