/** The agent of agent-process.ts, asked within a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Context } from '../harness/bench.ts'
import { bundled } from '../harness/bundled.ts'
import type { ClusterSize } from './cluster-world.ts'
import { killGroup } from './time-limit.ts'

export interface Answer {
  readonly ms: number
  readonly rssMb: number
  readonly restMb: number
}

export class AgentBeside {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child
    this.#lines = lines
  }

  /** Resolves when its API holds everything, and nothing has been listed yet. */
  static async start(
    netns: string,
    size: ClusterSize,
    { defer }: Pick<Context, 'defer'>,
  ): Promise<AgentBeside> {
    const program = await bundled(join(import.meta.dirname, 'agent-process.ts'), 'agent-process')
    const args = [program, netns, String(size.policies), String(size.localPods)]
    // A process group of its own: commands that it started have to end with it.
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    defer(() => killGroup(child.pid))
    // That it has ended is told where its answer is missing.
    child.stdin?.on('error', () => {})
    if (child.stdout === null) throw new Error('the agent has no pipe')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const agent = new AgentBeside(child, lines)
    if ((await lines.next()).value !== 'ready') throw new Error('the agent did not start')
    return agent
  }

  /** Undefined when it took longer; it is ended then. @throws Error when it has ended by itself */
  async ask(question: string, limitMs: number): Promise<Answer | undefined> {
    this.#child.stdin?.write(`${question}\n`)
    let isLate = false
    const timer = setTimeout(
      () => {
        isLate = true
        killGroup(this.#child.pid)
      },
      Math.max(0, limitMs),
    )
    const { value, done } = await this.#lines.next()
    clearTimeout(timer)
    if (isLate) return undefined
    if (done === true) throw new Error(`the agent ended at ${question}`)
    return JSON.parse(value) as Answer
  }

  /** The kernel keeps what it has. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = once(this.#child, 'close')
    killGroup(this.#child.pid)
    await closed
  }
}
