/**
 * Answers that were learnt since the cache was written down, a line each: what an agent that is killed knew is not lost with it.
 *
 * What is written is in the kernel's hands at once, so it survives the process; it need not survive the machine, whose tables are gone then.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { formatIp, parseIp } from '@margay/netset'
import type { AnswerOrigin, DnsAnswer } from '../message/dns-answer.ts'

export interface JournalEntry {
  readonly answer: DnsAnswer
  readonly origin: AnswerOrigin
  /** Milliseconds since 1970. */
  readonly atMs: number
}

const mode = 0o600
const writableByOthers = 0o022

export class AnswerJournal {
  readonly #path: string
  #file: number | undefined
  #bytes = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Of what was written since `begin`. */
  get bytes(): number {
    return this.#bytes
  }

  /** All that is there, oldest first. A line that is none is left out: the last may have been cut. */
  read(): JournalEntry[] {
    return [this.#oldPath, this.#path].flatMap((path) => linesOf(path).flatMap(entryIn))
  }

  /** @throws Error of the file system */
  append(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return
    this.#file ??= this.#open()
    this.#bytes += writeSync(this.#file, `${entries.map(lineOf).join('\n')}\n`)
  }

  /** The cache is going to be written down: from now on a new one. The old one counts until `forgetOld`. @throws Error of the file system */
  begin(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#bytes = 0
    if (!existsSync(this.#path)) return
    if (existsSync(this.#oldPath))
      writeLines(this.#oldPath, [...linesOf(this.#oldPath), ...linesOf(this.#path)])
    else renameSync(this.#path, this.#oldPath)
    rmSync(this.#path, { force: true })
  }

  /** It is written down. */
  forgetOld(): void {
    rmSync(this.#oldPath, { force: true })
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    return openSync(this.#path, 'a', mode)
  }

  get #oldPath(): string {
    return `${this.#path}.old`
  }
}

function writeLines(path: string, lines: readonly string[]): void {
  const file = openSync(path, 'w', mode)
  try {
    writeSync(file, lines.map((line) => `${line}\n`).join(''))
  } finally {
    closeSync(file)
  }
}

/** What others could have written is as good as their answers of DNS: not taken. */
function linesOf(path: string): string[] {
  if (!existsSync(path) || (statSync(path).mode & writableByOthers) !== 0) return []
  return readFileSync(path, 'utf8').split('\n').filter(Boolean)
}

function lineOf({ answer, origin, atMs }: JournalEntry): string {
  const addresses = answer.addresses.map(({ address, ...it }) => ({ ...it, address: formatIp(address) }))
  const { server, client } = origin
  return JSON.stringify({ ...answer, addresses, server: formatIp(server), client: formatIp(client), atMs })
}

function entryIn(line: string): JournalEntry[] {
  try {
    const { server, client, atMs, addresses, question, aliases } = JSON.parse(line)
    const told = addresses.map((it: { address: string }) => ({ ...it, address: ipIn(it.address) }))
    return [
      {
        answer: { question, aliases, addresses: told },
        origin: { server: ipIn(server), client: ipIn(client) },
        atMs: Number(atMs),
      },
    ]
  } catch {
    return []
  }
}

function ipIn(text: string) {
  const ip = parseIp(text)
  if (ip === undefined) throw new TypeError(`${text} is no address`)
  return ip
}
