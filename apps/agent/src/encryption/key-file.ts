/**
 * Private keys in files that nobody but root can read: one line of base64, as `wg genkey` prints it. A file's time of modification says
 * when its key was made.
 */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { IpVersion } from '@margay/netset'
import { type KeyStore, keyIn, type StoredKey } from './key-store.ts'

/** `path` is the file's; the message gives the reason and never what the file holds. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`key file ${path}: ${codeOf(cause)}`)
    this.path = path
  }
}

const mode = 0o600
const forOthers = 0o077

export class KeyFiles implements KeyStore {
  readonly #directory: string

  /** Made when it is needed, for root alone. */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** What is no key is put aside, and counts as none. @throws KeyFileError */
  async load(version: IpVersion): Promise<StoredKey | undefined> {
    const path = this.pathOf(version)
    const file = await this.#attempt(path, () => openIfThere(path))
    if (file === undefined) return undefined
    try {
      const { mtime, mode: actual } = await file.stat()
      const key = keyIn((await file.readFile('utf8')).trim())
      const doubt = (actual & forOthers) === 0 ? {} : { doubt: `others could read ${path}` }
      if (key !== undefined) return { key, madeAt: mtime, ...doubt }
    } finally {
      await file.close()
    }
    await this.#attempt(path, () => rename(path, `${path}.unreadable`))
    return undefined
  }

  /** The old key stays until the new one is on disk. @throws KeyFileError */
  async save(version: IpVersion, { key, madeAt }: StoredKey): Promise<void> {
    const path = this.pathOf(version)
    const beside = besideOf(path)
    await this.#attempt(path, async () => {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      await rm(beside, { force: true })
      const file = await open(beside, 'wx', mode)
      try {
        await file.writeFile(`${key.revealBase64()}\n`)
        await file.utimes(madeAt, madeAt)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
      await this.#syncDirectory()
    })
  }

  /** @throws KeyFileError */
  async forget(version: IpVersion): Promise<void> {
    const path = this.pathOf(version)
    await this.#attempt(path, async () => {
      for (const each of [path, besideOf(path)]) await rm(each, { force: true })
    })
  }

  pathOf(version: IpVersion): string {
    return join(this.#directory, `wireguard-ipv${version}.key`)
  }

  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#directory, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  async #attempt<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (cause) {
      throw new KeyFileError(path, cause)
    }
  }
}

function besideOf(path: string): string {
  return `${path}.new`
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
}
