import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { openSharedStore, openStore, StartupError } from '@margay/server'
import { restore, type Store } from '@margay/storage'
import { type ExitCode, environmentError, exitCodes, FileError } from '../errors.ts'
import type { Io } from '../io.ts'
import { parseStore, type StoreLocation, type StoreOptions } from './store-options.ts'

export interface RestoreOptions extends StoreOptions {
  readonly replace?: boolean
}

/** @throws CliError, FileError, StartupError; BackupFormatError, BackupDamagedError, StoreNotEmptyError */
export async function restoreBackup(path: string, options: RestoreOptions, io: Io): Promise<ExitCode> {
  const location = parseStore(options)
  if (io.files.isDirectory(path)) throw new FileError(path, 'is a directory')
  const store = await open(location)
  try {
    const lines = createInterface({
      input: createReadStream(path, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })
    const { count } = await restore(store, lines, { replace: options.replace === true })
    io.stdout.write(`${count} objects restored from ${path}\n`)
    return exitCodes.ok
  } finally {
    await store.close()
  }
}

async function open(location: StoreLocation): Promise<Store> {
  if ('etcd' in location) return openSharedStore(location.etcd)
  const { dataDir } = location
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw environmentError(
      `cannot make ${dataDir}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    )
  }
  return openUnused(dataDir)
}

async function openUnused(dataDir: string): Promise<Store> {
  try {
    return await openStore(dataDir)
  } catch (cause) {
    if (!(cause instanceof StartupError && cause.problem === 'DatabaseLocked')) throw cause
    throw environmentError(`a server runs on ${dataDir}: stop it before you restore into it`, cause)
  }
}
