/** Runs another margay command as a process of its own, which ends with this one, however this one ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { environmentError } from '../errors.ts'

export interface Child {
  readonly pid: number
  /** Settles when it has ended, with its name and the last line that it printed. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

const startTimeoutMs = 20_000

/**
 * Resolves once it has printed a line that `isReady` accepts. The child is given the flag --stop-with-stdin: its standard
 * input is a pipe that only this process holds, and ends with it, also after kill -9.
 *
 * @throws CliError when it does not start
 */
export async function startChild(
  args: readonly string[],
  isReady: (line: string) => boolean,
): Promise<Child> {
  const child = spawn(process.execPath, [...process.execArgv, entry(), ...args, '--stop-with-stdin'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output = follow(child)
  const name = `margay ${args[0] ?? ''}`
  const ended = new Promise<string>((resolve) =>
    child.once('close', () => resolve(`${name} ended${output.last === '' ? '' : `: ${output.last}`}`)),
  )
  const started = { pid: child.pid ?? 0, ended, stop: () => stop(child, ended) }
  try {
    await ready(child, output, isReady, name, ended)
    return started
  } catch (error) {
    await started.stop()
    throw error
  }
}

function entry(): string {
  const path = process.argv[1]
  if (path === undefined) throw environmentError('cannot find the margay program itself')
  return path
}

interface Output {
  last: string
  onLine: (line: string) => void
}

/** Both streams are read to their end, so that the child never waits for a reader. */
function follow(child: ChildProcess): Output {
  const output: Output = { last: '', onLine: () => undefined }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      output.last = line.replace(/^error: /, '')
      output.onLine(line)
    })
  }
  return output
}

async function ready(
  child: ChildProcess,
  output: Output,
  isReady: (line: string) => boolean,
  name: string,
  ended: Promise<string>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  output.onLine = (line) => (isReady(line) ? resolve() : undefined)
  const timer = setTimeout(
    () => reject(environmentError(`${name} did not start in time: ${output.last}`)),
    startTimeoutMs,
  )
  child.once('error', ({ message }) => reject(environmentError(`${name} can't be started: ${message}`)))
  void ended.then((how) => reject(environmentError(how)))
  await promise.finally(() => clearTimeout(timer))
}

const stopTimeoutMs = 5_000

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}
