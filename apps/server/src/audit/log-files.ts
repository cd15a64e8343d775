/**
 * The files of an audit log: `audit-<number of its first record>.jsonl` in one directory, each a piece of one chain.
 *
 * The names sort as the records do, and no file is ever renamed or written again once the next one was begun.
 */
import { open, readdir, readFile, stat, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hashOf, type NumberedLine, placeOf } from './chain.ts'
import { annotation } from './event.ts'

export interface LogFile {
  readonly path: string
  /** The number of the record that it begins with. */
  readonly first: number
}

const digits = 12
const fileName = /^audit-(\d{12,})\.jsonl$/

export function pathOfFile(directory: string, first: number): string {
  return join(directory, `audit-${String(first).padStart(digits, '0')}.jsonl`)
}

/** Oldest first; empty when there is no such directory. */
export async function listFiles(directory: string): Promise<LogFile[]> {
  const files = (await namesIn(directory)).flatMap((name) => {
    const first = fileName.exec(name)?.[1]
    return first === undefined ? [] : [{ path: join(directory, name), first: Number(first) }]
  })
  return files.sort((a, b) => a.first - b.first)
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Every line of every file, oldest first, without line ends; what stands behind the last line end comes too. */
export async function* readLines(files: readonly LogFile[]): AsyncGenerator<NumberedLine> {
  for (const { path } of files) {
    const handle = await open(path)
    let number = 0
    try {
      for await (const text of handle.readLines()) yield { file: path, number: ++number, text }
    } finally {
      await handle.close()
    }
  }
}

/**
 * Cuts off a last line that has no end: its record was never acknowledged, since the process died while it wrote it.
 * Returns how many bytes went.
 */
export async function cutUnfinishedLine({ path }: LogFile): Promise<number> {
  const { size } = await stat(path)
  const content = await readFile(path)
  const end = content.lastIndexOf(0x0a) + 1
  if (end < size) await truncate(path, end)
  return size - end
}

/** Where a file ends: undefined when it holds no record. */
export async function lastRecordOf(
  file: LogFile,
): Promise<{ sequence: number; hash: string; line: string } | undefined> {
  let last: string | undefined
  for await (const { text } of readLines([file])) last = text
  const place = last === undefined ? undefined : placeOf(last)
  if (last === undefined || place === undefined) return undefined
  return { sequence: place.sequence, hash: hashOf(last), line: last }
}

/** Of the records of writes in the file, the store's revision of the last one; 0 without any. */
export async function lastRevisionIn(file: LogFile): Promise<bigint> {
  let last = 0n
  for await (const { text } of readLines([file])) {
    const revision = revisionPattern.exec(text)?.[1]
    if (revision !== undefined) last = BigInt(revision)
  }
  return last
}

/** The annotation as JSON.stringify writes it; a text that holds it has its quotes escaped. */
const revisionPattern = new RegExp(`"${annotation.revision}":"(\\d+)"`)

export async function removeFile({ path }: LogFile): Promise<void> {
  await unlink(path)
}
