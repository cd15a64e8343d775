/**
 * The audit log of one server: records are chained, written and synced to disk in batches.
 *
 * Holds  1. `append` resolves when the record is on disk.
 *        2. Records stand in the order in which they were handed in.
 *        3. What was written is never changed; whole old files go, and a record says so.
 * Cost   One fdatasync for all records that arrived while the one before it ran.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import type { Clock } from '../environment.ts'
import { type ChainHead, genesis, seal } from './chain.ts'
import type { AuditEvent } from './event.ts'
import {
  cutUnfinishedLine,
  type LogFile,
  lastRecordOf,
  lastRevisionIn,
  listFiles,
  pathOfFile,
  removeFile,
} from './log-files.ts'
import { retentionEvent } from './retention.ts'

export interface AuditLogOptions {
  readonly directory: string
  readonly clock: Pick<Clock, 'now'>
  /** A file that has grown beyond is followed by a new one. Default 100 MiB. */
  readonly maxFileBytes?: number
  /** So many files are kept, the one that is written included; 0 keeps all. Default 0. */
  readonly maxFiles?: number
  /** Files whose last record is older go; 0 keeps all. Default 0. */
  readonly maxAgeDays?: number
}

export class AuditWriteError extends Error {
  override readonly name = 'AuditWriteError'

  constructor(directory: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`the audit log in ${directory} can't be written: ${why}`, { cause })
  }
}

interface Waiting {
  readonly events: readonly AuditEvent[]
  readonly resolve: () => void
  readonly reject: (error: AuditWriteError) => void
}

export class AuditLog {
  readonly #options: Required<AuditLogOptions>
  #handle: FileHandle
  #bytes: number
  #head: ChainHead
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined

  private constructor(
    options: Required<AuditLogOptions>,
    handle: FileHandle,
    bytes: number,
    head: ChainHead,
  ) {
    this.#options = options
    this.#handle = handle
    this.#bytes = bytes
    this.#head = head
  }

  /** Goes on where the last process ended. @throws AuditWriteError */
  static async open(given: AuditLogOptions): Promise<AuditLog> {
    const options = { maxFileBytes: 100 * 1024 * 1024, maxFiles: 0, maxAgeDays: 0, ...given }
    try {
      await mkdir(options.directory, { recursive: true, mode: 0o700 })
      const { file, head } = await resume(options.directory)
      const handle = await openForAppend(file.path)
      return new AuditLog(options, handle, (await handle.stat()).size, head)
    } catch (cause) {
      throw new AuditWriteError(options.directory, cause)
    }
  }

  /** Where the log stands, to be noted elsewhere. */
  get head(): ChainHead {
    return this.#head
  }

  /** The newest revision of the store that the log has a record of; 0 without any. */
  async lastJournalRevision(): Promise<bigint> {
    for (const file of (await listFiles(this.#options.directory)).toReversed()) {
      const revision = await lastRevisionIn(file)
      if (revision > 0n) return revision
    }
    return 0n
  }

  /** Resolves when all of them are on disk. @throws AuditWriteError; then none of them counts as written */
  append(events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  /** Waits for what was handed in. */
  async close(): Promise<void> {
    await this.#writing
    await this.#handle.close()
  }

  async #writeAll(): Promise<void> {
    // What arrives in the same turn shares a sync.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0))
    this.#writing = undefined
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      if (this.#bytes >= this.#options.maxFileBytes) await this.#rotate()
      await this.#write(batch.flatMap(({ events }) => events))
      for (const { resolve } of batch) resolve()
    } catch (cause) {
      await this.#undoHalfWritten()
      const error = new AuditWriteError(this.#options.directory, cause)
      for (const { reject } of batch) reject(error)
    }
  }

  async #write(events: readonly AuditEvent[]): Promise<void> {
    let head = this.#head
    const lines = events.map((event) => {
      const sealed = seal(event, head)
      head = sealed.head
      return `${sealed.line}\n`
    })
    const bytes = Buffer.from(lines.join(''))
    await this.#handle.appendFile(bytes)
    await this.#handle.datasync()
    this.#bytes += bytes.length
    this.#head = head
  }

  /** A batch of which only a part reached the file must not stand in the way of the next. */
  async #undoHalfWritten(): Promise<void> {
    await this.#handle.truncate(this.#bytes).catch(() => undefined)
  }

  async #rotate(): Promise<void> {
    const file = fileFrom(this.#options.directory, this.#head)
    const handle = await openForAppend(file.path)
    await this.#handle.close()
    this.#handle = handle
    this.#bytes = 0
    await this.#removeOldFiles()
  }

  /** The record of the removal is on disk before the file goes. */
  async #removeOldFiles(): Promise<void> {
    for (const { file, next } of await this.#oldFiles()) {
      await this.#write([retentionEvent(file, next, this.#options.clock.now())])
      await removeFile(file)
    }
  }

  async #oldFiles(): Promise<{ file: LogFile; next: LogFile }[]> {
    const { directory, maxFiles, maxAgeDays, clock } = this.#options
    const files = await listFiles(directory)
    const surplus = maxFiles === 0 ? 0 : files.length - maxFiles
    const oldest = maxAgeDays === 0 ? 0 : clock.now().getTime() - maxAgeDays * 24 * 60 * 60 * 1000
    const old: { file: LogFile; next: LogFile }[] = []
    for (const [i, file] of files.entries()) {
      const next = files[i + 1]
      if (next === undefined) break
      if (i >= surplus && (await stat(file.path)).mtimeMs >= oldest) break
      old.push({ file, next })
    }
    return old
  }
}

/** The last file with records, and the chain's head there. A file that was begun and never filled is filled now. */
async function resume(directory: string): Promise<{ file: LogFile; head: ChainHead }> {
  const files = await listFiles(directory)
  for (const file of files.toReversed()) {
    await cutUnfinishedLine(file)
    const last = await lastRecordOf(file)
    if (last === undefined) continue
    const head = { sequence: last.sequence, hash: last.hash }
    return { file: files.find(({ first }) => first === head.sequence + 1) ?? file, head }
  }
  return { file: files[0] ?? fileFrom(directory, genesis), head: genesis }
}

function fileFrom(directory: string, { sequence }: ChainHead): LogFile {
  return { path: pathOfFile(directory, sequence + 1), first: sequence + 1 }
}

/** Mode 0600: records hold what was written to the API. */
function openForAppend(path: string): Promise<FileHandle> {
  return open(path, constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY, 0o600)
}
