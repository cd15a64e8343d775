/** A terminal, files and a clock in memory, and the command driven with them. */
import { posix } from 'node:path'
import { type ExitCode, environmentError, FileError } from '../errors.ts'
import type { DirectoryEntry, Files, Io, TextSink } from '../io.ts'
import { run } from '../run.ts'

export interface FakeOptions {
  /** By path. */
  readonly files?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** What Git prints; without it there is none. */
  readonly git?: Io['git']
  readonly env?: Io['env']
  readonly isTerminal?: boolean
  readonly isRoot?: boolean
  /** Aborting is Ctrl-C. */
  readonly signal?: AbortSignal
}

export interface Outcome {
  readonly exitCode: ExitCode
  readonly out: string
  readonly err: string
}

/** Runs a command line. */
export async function margay(args: readonly string[], options: FakeOptions = {}): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []]
  const exitCode = await run(args, fakeIo(options, out, err))
  return { exitCode, out: out.join(''), err: err.join('') }
}

/** `out` and `err` take what is printed, piece by piece. */
export function fakeIo(options: FakeOptions, out: string[], err: string[]): Io {
  const { files = {}, stdin = '', env = {}, isTerminal = false, isRoot = true, signal } = options
  const sink = (pieces: string[]): TextSink => ({ write: (text) => void pieces.push(text), isTerminal })
  return {
    stdout: sink(out),
    stderr: sink(err),
    lines: () => ({ write: (line) => void out.push(line), pending: 0 }),
    files: memoryFiles(files),
    env,
    homeDirectory: '/home/ann',
    isRoot,
    clock: { now: () => new Date('2026-01-02T03:04:05Z'), after: () => () => undefined },
    random: () => 0.5,
    git: options.git ?? noGit,
    readStdin: async () => stdin,
    stdinEnd: () => new AbortController().signal,
    interruption: () => signal ?? new AbortController().signal,
  }
}

function noGit(): never {
  throw environmentError("git can't be run: there is none")
}

function memoryFiles(contents: Readonly<Record<string, string>>): Files {
  const paths = Object.keys(contents)
  const below = (directory: string): string[] => paths.filter((path) => path.startsWith(`${directory}/`))
  const known = (path: string): void => {
    if (contents[path] === undefined && below(path).length === 0)
      throw new FileError(path, 'no such file or directory')
  }
  const entries = (directory: string): DirectoryEntry[] => {
    const names = below(directory).map((path) => posix.relative(directory, path).split('/')[0] ?? '')
    return [...new Set(names)].map((name) => ({
      name,
      isDirectory: contents[`${directory}/${name}`] === undefined,
    }))
  }
  return {
    readText: (path) => {
      known(path)
      return contents[path] ?? ''
    },
    exists: (path) => contents[path] !== undefined || below(path).length > 0,
    isDirectory: (path) => {
      known(path)
      return contents[path] === undefined
    },
    list: entries,
  }
}
