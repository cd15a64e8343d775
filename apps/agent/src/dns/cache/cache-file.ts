/** What is known of names in a file, for the next run: only root can read or write it. It is a cache: without it the agent runs on. */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseCache, type SavedCache } from './cache-text.ts'

/** `path` is the file's. */
export class CacheFileError extends Error {
  override readonly name = 'CacheFileError'
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`DNS cache file ${path}: ${reasonOf(cause)}`)
    this.path = path
  }
}

export interface LoadedCache {
  /** Undefined: there is none. */
  readonly saved: SavedCache | undefined
  /** One line for who runs the agent: what is wrong with the file, and where it is now. */
  readonly problem: string | undefined
}

const mode = 0o600
const writableByOthers = 0o022

export class CacheFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Never throws: what can't be used is put aside as `<path>.unreadable`, and told. */
  async load(): Promise<LoadedCache> {
    try {
      return await this.#parsed()
    } catch (error) {
      return { saved: undefined, problem: await this.#putAside(reasonOf(error)) }
    }
  }

  /** The same, and leaves the file as it is. */
  async look(): Promise<LoadedCache> {
    try {
      return await this.#parsed()
    } catch (error) {
      return { saved: undefined, problem: `${this.path}: ${reasonOf(error)}` }
    }
  }

  async #parsed(): Promise<LoadedCache> {
    const text = await this.#read()
    if (text === undefined) return { saved: undefined, problem: undefined }
    const saved = parseCache(text)
    const problem = saved.unreadable === 0 ? undefined : `${this.path}: ${saved.unreadable} records are none`
    return { saved, problem }
  }

  /** The old file stays until the new one is on disk; each piece is asked for when the one before is written. @throws CacheFileError */
  async save(pieces: Iterable<string>): Promise<void> {
    const beside = `${this.path}.new`
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      await rm(beside, { force: true })
      await writeNew(beside, pieces)
      await rename(beside, this.path)
    } catch (cause) {
      throw new CacheFileError(this.path, cause)
    }
  }

  /** Undefined: there is none. What others could have written is as good as their answers of DNS: not taken. */
  async #read(): Promise<string | undefined> {
    const file = await openIfThere(this.path)
    if (file === undefined) return undefined
    try {
      const stat = await file.stat()
      if ((stat.mode & writableByOthers) !== 0) throw new Error('others could write it')
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  }

  async #putAside(reason: string): Promise<string> {
    const aside = `${this.path}.unreadable`
    try {
      await rename(this.path, aside)
      return `${this.path}: ${reason}; moved to ${aside}`
    } catch (error) {
      return `${this.path}: ${reason}; not moved: ${reasonOf(error)}`
    }
  }
}

async function writeNew(path: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    for (const piece of pieces) await file.writeFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
