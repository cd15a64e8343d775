/** Runs one command to its end, within a time limit. */
import { spawn } from 'node:child_process'
import { CommandFailedError, MissingCommandError } from '../errors.ts'

export interface CommandOptions {
  readonly stdin?: string
  /** After that it is killed. Default 30 s. */
  readonly timeoutMs?: number
  /** Any exit code is a result then; otherwise one that is not 0 throws CommandFailedError. */
  readonly allowFailure?: boolean
}

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const defaultTimeoutMs = 30_000
/** Where Debian keeps ip, nft and conntrack; not every shell has it in PATH. */
const systemPath = '/usr/sbin:/sbin'

/** Throws MissingCommandError, and CommandFailedError when it fails or its time is up. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const result = await collect(command, args, options.stdin ?? '', timeoutMs)
  const line = [command, ...args].join(' ')
  if (result.isLate) throw new CommandFailedError(line, null, `not done after ${timeoutMs} ms`)
  if (result.exitCode !== 0 && options.allowFailure !== true) {
    throw new CommandFailedError(line, result.exitCode, result.stderr)
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}

interface Collected extends CommandResult {
  readonly isLate: boolean
}

function collect(
  command: string,
  args: readonly string[],
  stdin: string,
  timeoutMs: number,
): Promise<Collected> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:${systemPath}` }
    const child = spawn(command, args, { env, stdio: 'pipe' })
    const output = { stdout: '', stderr: '' }
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
      // A grandchild may hold the pipes open; this child's story is over all the same.
      child.stdout.destroy()
      child.stderr.destroy()
    }, timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(isMissing(cause) ? new MissingCommandError(command, { cause }) : cause)
    })
    child.on('close', (exitCode) => {
      clearTimeout(timer)
      resolve({ ...output, exitCode, isLate })
    })
    // A command may end without reading its input: its exit code tells more than EPIPE.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT'
}
