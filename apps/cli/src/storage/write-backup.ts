import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { isWireguardSecret } from '@margay/resources'
import { databasePath, openSharedStore, openSnapshot } from '@margay/server'
import { type BackupSource, backup } from '@margay/storage'
import { type ExitCode, environmentError, exitCodes, FileError, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { parseStore, type StoreLocation, type StoreOptions } from './store-options.ts'

/** A file that is not whole is not left behind. @throws CliError, FileError, StartupError */
export async function writeBackup(path: string, options: StoreOptions, io: Io): Promise<ExitCode> {
  const location = parseStore(options)
  if (io.files.exists(path)) throw usageError(`${path}: exists; name a new file`)
  const source = await openExisting(location, io)
  try {
    const count = await writeLines(path, backup(source, io.clock.now(), { leavesOut: isWireguardSecret }))
    io.stdout.write(`${count - 2} objects written to ${path}\n`)
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

async function openExisting(location: StoreLocation, { files }: Io): Promise<BackupSource> {
  if ('etcd' in location) return openSharedStore(location.etcd)
  const path = databasePath(location.dataDir)
  if (!files.exists(path)) throw new FileError(path, 'no such file')
  return openSnapshot(location.dataDir)
}

async function writeLines(path: string, lines: AsyncIterable<string>): Promise<number> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  try {
    let count = 0
    for await (const line of lines) {
      await writeLine(file, line)
      count++
    }
    file.end()
    await once(file, 'close')
    return count
  } catch (cause) {
    file.destroy()
    await rm(path, { force: true })
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw environmentError(`cannot write the backup ${path}: ${reason}`, cause)
  }
}

async function writeLine(file: WriteStream, line: string): Promise<void> {
  if (file.errored !== null) throw file.errored
  if (!file.write(`${line}\n`)) await once(file, 'drain')
}
