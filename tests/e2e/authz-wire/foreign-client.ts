/** The client in client.py as a process: commands in, answers out, in turn. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../support/margay.ts'

/** Where ./check installs what client.py imports. */
const packages = join(root, '.margay/wire-client')

export interface ForeignAnswer {
  readonly result?: unknown
  /** gRPC's name of the failure. */
  readonly code?: string
}

export class ForeignClient {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((line: string) => void)[] = []
  #said = ''

  /** @throws Error when its packages are not installed */
  constructor(target: string) {
    if (!existsSync(packages)) throw new Error(`${packages} is missing: ./check installs it`)
    const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' }
    this.#child = spawn(python(), [join(import.meta.dirname, 'client.py'), target], { env })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    this.#child.once('close', () => {
      for (const resolve of this.#waiting.splice(0)) resolve(JSON.stringify({ code: `ended: ${this.#said}` }))
    })
  }

  async ask(command: string, options: Readonly<Record<string, unknown>> = {}): Promise<ForeignAnswer> {
    const line = new Promise<string>((resolve) => this.#waiting.push(resolve))
    this.#child.stdin.write(`${JSON.stringify({ do: command, ...options })}\n`)
    return JSON.parse(await line) as ForeignAnswer
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

function python(): string {
  const names = ['python3.11', 'python3']
  return names.find((name) => isThere(name)) ?? 'python3'
}

function isThere(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
