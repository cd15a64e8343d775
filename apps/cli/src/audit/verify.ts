import { type ChainHead, type Verification, verifyLog } from '@margay/server'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { checkDirectories } from './show-log.ts'

export interface VerifyOptions {
  readonly dir: readonly string[]
  readonly head?: string
}

/** @throws CliError for a head that is none, FileError for a directory that can't be read */
export async function verifyAudit({ dir, head }: VerifyOptions, io: Io): Promise<ExitCode> {
  checkDirectories(dir, io)
  if (head !== undefined && dir.length > 1) throw usageError('--head: is of one log, but there are several')
  const wanted = head === undefined ? {} : { head: parseHead(head) }
  let isWhole = true
  for (const each of dir) {
    const result = await verifyLog(each, wanted)
    const place = dir.length > 1 ? `${each}: ` : ''
    io.stdout.write(describe(result, place))
    isWhole &&= result.ok
  }
  return isWhole ? exitCodes.ok : exitCodes.no
}

function describe(result: Verification, place: string): string {
  if (!result.ok) return `${result.file}:${result.line}: ${result.problem}\n`
  const { records, first, head } = result
  const found =
    records === 0
      ? 'the log is empty'
      : `${records} records, from ${first} to ${head.sequence}, all as they were written`
  return `${place}${found}\n${place}head: ${head.sequence}:${head.hash}\n`
}

function parseHead(text: string): ChainHead {
  const match = /^(\d{1,15}):(sha256:[0-9a-f]{64})$/.exec(text)
  if (match === null)
    throw usageError(
      `--head: must be NUMBER:sha256:HASH, as verify prints it, but is ${JSON.stringify(text)}`,
    )
  return { sequence: Number(match[1]), hash: match[2] ?? '' }
}
