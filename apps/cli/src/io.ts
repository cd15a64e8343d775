/** All that a command needs of the world around it, so that a test can hand in another one. */
export interface Io {
  readonly stdout: TextSink
  readonly stderr: TextSink
  /** Standard output for lines of which some may be lost: whoever writes them never waits for who reads them. */
  lines(): LineSink
  readonly files: Files
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
  readonly isRoot: boolean
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** What Git prints, run in the current directory. @throws CliError with what it complains about */
  git(args: readonly string[]): string
  /** All of standard input, as text. @throws FileError */
  readStdin(): Promise<string>
  /** Aborts when standard input ends. Waiting for that does not keep the program alive. */
  stdinEnd(): AbortSignal
  /**
   * Aborts when the user or the system asks the program to stop. A command that calls this has to see to it; without
   * a call the program ends at once, as any other.
   */
  interruption(): AbortSignal
}

export interface TextSink {
  write(text: string): void
  readonly isTerminal: boolean
}

export interface LineSink {
  write(line: string): void
  /** Bytes that nobody has taken yet. */
  readonly pending: number
}

export interface Clock {
  now(): Date
  /** Calls once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** All methods throw FileError. */
export interface Files {
  /** UTF-8. */
  readText(path: string): string
  exists(path: string): boolean
  isDirectory(path: string): boolean
  /** Names in a directory; links to files count as files, links to directories are left out. */
  list(path: string): readonly DirectoryEntry[]
}

export interface DirectoryEntry {
  readonly name: string
  readonly isDirectory: boolean
}
