import { type ChainHead, verifyLog } from '@margay/server'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { Io } from '../io.ts'

export interface VerifyOptions {
  readonly dir: string
  readonly head?: string
}

/** @throws CliError for a head that is none, FileError for a directory that can't be read */
export async function verifyAudit({ dir, head }: VerifyOptions, { stdout, files }: Io): Promise<ExitCode> {
  if (!files.isDirectory(dir)) throw usageError(`--dir ${dir}: is not a directory`)
  const result = await verifyLog(dir, head === undefined ? {} : { head: parseHead(head) })
  if (!result.ok) {
    stdout.write(`${result.file}:${result.line}: ${result.problem}\n`)
    return exitCodes.no
  }
  const { records, first, head: last } = result
  stdout.write(
    records === 0
      ? 'the log is empty\n'
      : `${records} records, from ${first} to ${last.sequence}, all as they were written\n`,
  )
  stdout.write(`head: ${last.sequence}:${last.hash}\n`)
  return exitCodes.ok
}

function parseHead(text: string): ChainHead {
  const match = /^(\d{1,15}):(sha256:[0-9a-f]{64})$/.exec(text)
  if (match === null)
    throw usageError(
      `--head: must be NUMBER:sha256:HASH, as verify prints it, but is ${JSON.stringify(text)}`,
    )
  return { sequence: Number(match[1]), hash: match[2] ?? '' }
}
