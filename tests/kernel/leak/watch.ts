/** The programs that send and receive, and what they tell the judge. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Judge } from './judge.ts'
import type { SenderOptions } from './sender.ts'

const settleMs = 500

interface Seen {
  /** Frames that a tap had no room for. */
  droppedFrames: number
}

export class Watch {
  readonly #sender: ChildProcess
  readonly #receiver: ChildProcess
  readonly #seen: Seen

  private constructor(sender: ChildProcess, receiver: ChildProcess, seen: Seen) {
    this.#sender = sender
    this.#receiver = receiver
    this.#seen = seen
  }

  /** Resolves when packets are under way. `taps` are the namespaces of all who receive. */
  static async start(judge: Judge, options: SenderOptions, taps: readonly string[]): Promise<Watch> {
    const seen = { droppedFrames: 0 }
    const receiver = await startProgram('receiver.ts', taps, (line) => received(judge, seen, line))
    const sender = await startProgram('sender.ts', [JSON.stringify(options)], (line) => sent(judge, line))
    return new Watch(sender, receiver, seen)
  }

  get droppedFrames(): number {
    return this.#seen.droppedFrames
  }

  /** Resolves when everything that was sent has been judged. @throws Error when one of the programs had ended before */
  async stop(): Promise<void> {
    await endProgram(this.#sender)
    await sleep(settleMs)
    await endProgram(this.#receiver)
  }

  kill(): void {
    this.#sender.kill('SIGKILL')
    this.#receiver.kill('SIGKILL')
  }
}

function received(judge: Judge, seen: Seen, line: string): void {
  const [first = '', ...rest] = line.split(' ')
  const [a = 0, b = 0, c = 0, d = 0] = rest.map(Number)
  if (first === 'known') {
    seen.droppedFrames = b
    judge.settle(a)
  } else judge.arrived({ stream: Number(first), batch: a, count: b, fromNs: c }, d)
}

function sent(judge: Judge, line: string): void {
  const [stream = 0, batch = 0, count = 0, fromNs = 0, toNs = 0] = line.split(' ').map(Number)
  judge.sent({ stream, batch, count, fromNs, toNs })
}

/** Resolves when it says `ready`. */
async function startProgram(
  program: string,
  args: readonly string[],
  take: (line: string) => void,
): Promise<ChildProcess> {
  const path = join(import.meta.dirname, program)
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, 'close').then(() => {
    throw new Error(`${program} ended with ${child.exitCode ?? child.signalCode}`)
  })
  await Promise.race([once(lines, 'line'), ended])
  ended.catch(() => undefined)
  lines.on('line', take)
  return child
}

async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`${child.spawnargs[1]} ended by itself, with ${child.exitCode ?? child.signalCode}`)
  const closed = once(child, 'close')
  child.stdin?.end()
  await closed
}
