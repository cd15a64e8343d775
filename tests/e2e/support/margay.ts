/** The margay command of this checkout as a process: its lines, its end, and its children. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export class MargayProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<Ended>
  #stdout = ''
  #stderr = ''
  #onOutput: () => void = () => undefined

  constructor(command: string, args: readonly string[], { input, env = {}, cwd = root }: RunOptions = {}) {
    this.#child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      detached: true,
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take('stdout', text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#take('stderr', text))
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', ({ message }) => resolve({ exitCode: -1, stdout: '', stderr: message }))
      this.#child.once('close', (code) =>
        resolve({ exitCode: code ?? -1, stdout: this.#stdout, stderr: this.#stderr }),
      )
    })
    // Whoever ends before it reads has said why.
    this.#child.stdin?.on('error', () => undefined)
    if (input !== undefined) this.#child.stdin?.end(input)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get stdout(): string {
    return this.#stdout
  }

  get output(): string {
    return `${this.#stdout}${this.#stderr}`
  }

  get ended(): Promise<Ended> {
    return this.#ended
  }

  /** Resolves once the pattern is in what it printed. Rejects when it ends before, or after 30 s. */
  async printed(pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const check = (): void => (pattern.test(this.output) ? resolve() : undefined)
    this.#onOutput = check
    const timer = setTimeout(() => reject(new Error(`${pattern} was not printed: ${this.output}`)), 30_000)
    void this.#ended.then(() => reject(new Error(`it ended without ${pattern}: ${this.output}`)))
    check()
    await promise.finally(() => clearTimeout(timer))
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** As a terminal does for Ctrl-C: to the process and all that it started. */
  signalGroup(name: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) process.kill(-this.pid, name)
  }

  /** Ends it, if it still runs. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.signal('SIGTERM')
    await this.#ended
  }

  #take(stream: 'stdout' | 'stderr', text: string): void {
    if (stream === 'stdout') this.#stdout += text
    else this.#stderr += text
    this.#onOutput()
  }
}

export function startMargay(args: readonly string[], options: RunOptions = {}): MargayProcess {
  return new MargayProcess(join(root, 'margay'), args, options)
}

export function margay(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startMargay(args, { input: '', ...options }).ended
}

/** The processes that a process started, and those that these started. */
export function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendantsOf)]
}

function childrenOf(pid: number): number[] {
  return pids().filter((candidate) => parentOf(candidate) === pid)
}

export function isRunning(pid: number): boolean {
  return parentOf(pid) !== undefined && !/\) Z /.test(statOf(pid))
}

/** What each process was called with, of all that run. */
export function commandLines(): string[] {
  return pids().map(commandLineOf)
}

export function commandLineOf(pid: number): string {
  return readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Field 4 of /proc/PID/stat, behind the name in parentheses. Source: proc(5). */
function parentOf(pid: number): number | undefined {
  const parent = /\) \S (\d+) /.exec(statOf(pid))?.[1]
  return parent === undefined ? undefined : Number(parent)
}

function statOf(pid: number): string {
  return readOrEmpty(`/proc/${pid}/stat`)
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
