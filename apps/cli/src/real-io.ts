/** The real terminal, files, clock and signals. */
import { spawnSync } from 'node:child_process'
import { createWriteStream, type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { environmentError, FileError, usageError } from './errors.ts'
import type { Clock, DirectoryEntry, Files, Io, LineSink, TextSink } from './io.ts'

export function realIo(): Io {
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr, 'goes on'),
    lines,
    files: realFiles,
    env: process.env,
    homeDirectory: homedir(),
    isRoot: process.getuid?.() === 0,
    clock: realClock,
    random: Math.random,
    git,
    readStdin,
    stdinEnd,
    interruption,
  }
}

/**
 * Where nobody reads any more, as after `margay get pods | head -1`, that is no error. Without a reader of what it prints there is nothing
 * left to do; without one of what it logs there is: a lab has to clean up.
 */
function sinkOf(stream: NodeJS.WriteStream, unread: 'ends' | 'goes on' = 'ends'): TextSink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (unread === 'ends') process.exit(0)
  })
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY === true }
}

/** `process.stdout` waits where it is a pipe; a file of its own is written to beside the program. A reader that is gone loses lines, no more. */
function lines(): LineSink {
  const stream = createWriteStream('', { fd: process.stdout.fd, autoClose: false })
  let isBroken = false
  stream.on('error', () => {
    isBroken = true
  })
  return {
    write: (line) => {
      if (!isBroken) stream.write(line)
    },
    get pending() {
      return isBroken ? Number.POSITIVE_INFINITY : stream.writableLength
    },
  }
}

const realClock: Clock = {
  now: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

const realFiles: Files = {
  readText: (path) =>
    decode(
      path,
      attempt(path, () => readFileSync(path)),
    ),
  exists: existsSync,
  isDirectory: (path) => attempt(path, () => statSync(path)).isDirectory(),
  list: (path) =>
    attempt(path, () => readdirSync(path, { withFileTypes: true })).flatMap((it) => entryOf(path, it)),
}

const mostGitOutput = 256 * 1024 * 1024

function git(args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync('git', args, {
    encoding: 'utf8',
    maxBuffer: mostGitOutput,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error !== undefined) throw environmentError(`git can't be run: ${error.message}`, error)
  if (status !== 0) throw usageError(`git ${args[0]}: ${stderr.trim()}`)
  return stdout
}

function entryOf(directory: string, entry: Dirent): DirectoryEntry[] {
  if (entry.isSymbolicLink()) {
    const isFile = statSync(join(directory, entry.name), { throwIfNoEntry: false })?.isFile() === true
    return isFile ? [{ name: entry.name, isDirectory: false }] : []
  }
  return [{ name: entry.name, isDirectory: entry.isDirectory() }]
}

async function readStdin(): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array)
  return decode('standard input', Buffer.concat(chunks))
}

function stdinEnd(): AbortSignal {
  const controller = new AbortController()
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => controller.abort())
  process.stdin.resume()
  // A file or a device has none, and ends by itself.
  const { unref } = process.stdin as Partial<typeof process.stdin>
  unref?.call(process.stdin)
  return controller.signal
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FileError(path, 'it is not UTF-8 text', cause)
  }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new FileError(path, reasonOf(cause), cause)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'too many links',
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return reasons[code] ?? error.message
}

let interrupting: AbortController | undefined

/** A second request ends the program at once. */
function interruption(): AbortSignal {
  if (interrupting !== undefined) return interrupting.signal
  const controller = new AbortController()
  interrupting = controller
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}
