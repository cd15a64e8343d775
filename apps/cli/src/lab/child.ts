/** Runs another margay command as a process of its own, which ends with this one, however this one ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { environmentError } from '../errors.ts'

export interface Child {
  readonly pid: number
  /** Settles when it has ended. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

const startTimeoutMs = 20_000

/**
 * Resolves with the first line of its output that `isReady` accepts. The child is given the flag --stop-with-stdin: its
 * standard input is a pipe that only this process holds, and ends with it, also after kill -9.
 */
export async function startChild(
  args: readonly string[],
  isReady: (line: string) => boolean,
  onLine: (line: string) => void,
): Promise<Child> {
  const process_ = spawn(process.execPath, [...process.execArgv, entry(), ...args, '--stop-with-stdin'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => process_.once('close', () => resolve()))
  const child = { pid: process_.pid ?? 0, ended, stop: () => stop(process_, ended) }
  try {
    await ready(process_, args, isReady, onLine)
    return child
  } catch (error) {
    await child.stop()
    throw error
  }
}

function entry(): string {
  const path = process.argv[1]
  if (path === undefined) throw environmentError('cannot find the margay program itself')
  return path
}

function ready(
  child: ChildProcess,
  args: readonly string[],
  isReady: (line: string) => boolean,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const name = `margay ${args[0] ?? ''}`
    let last = ''
    const fail = (why: string) => reject(environmentError(`${name} ${why}${last === '' ? '' : `: ${last}`}`))
    const timer = setTimeout(() => fail('did not start in time'), startTimeoutMs)
    const take = (line: string) => {
      last = line.replace(/^error: /, '')
      onLine(line)
      if (!isReady(line)) return
      clearTimeout(timer)
      resolve()
    }
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', take)
    }
    child.once('error', ({ message }) => fail(message))
    child.once('close', () => {
      clearTimeout(timer)
      fail('ended')
    })
  })
}

const stopTimeoutMs = 5_000

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return ended
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}
