/** Programs that run beside the measurement, so that they have a core of their own, and end with it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Context } from './bench.ts'

const startTimeoutMs = 30_000

/** A program of this directory, with the same Node. */
export interface Program {
  readonly args: readonly string[]
  /** A network namespace as ip-netns(8) names it. */
  readonly netns?: string
  /** The only processor that it runs on, counted from 0, where taskset(1) is there. */
  readonly core?: number
}

/** Resolves with the first line of its output that `isReady` accepts. Its standard input is a pipe that ends with this process. */
export async function startChild(
  { args, netns, core }: Program,
  isReady: (line: string) => boolean,
  { defer }: Pick<Context, 'defer'>,
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...args]
  const bound = core === undefined || !hasTaskset() ? node : ['taskset', '-c', String(core), ...node]
  const [command = '', ...rest] = netns === undefined ? bound : ['ip', 'netns', 'exec', netns, ...bound]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
  defer(() => stop(child))
  return { child, line: await firstLine(child, args, isReady) }
}

function hasTaskset(): boolean {
  return spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0
}

/** `margay COMMAND …`, from the sources. */
export function margay(...args: readonly string[]): Program {
  return { args: [join(import.meta.dirname, '../../apps/cli/src/main.ts'), ...args, '--stop-with-stdin'] }
}

function firstLine(
  child: ChildProcess,
  args: readonly string[],
  isReady: (line: string) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const fail = (why: string) =>
      reject(new Error(`${args.slice(0, 2).join(' ')} ${why}: ${said.slice(-3).join(' / ')}`))
    const timer = setTimeout(() => fail('did not start in time'), startTimeoutMs)
    const take = (line: string) => {
      said.push(line)
      if (!isReady(line)) return
      clearTimeout(timer)
      resolve(line)
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}
