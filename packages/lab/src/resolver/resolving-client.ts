/** A program in a pod's namespace that asks resolvers and connects to what they say, with nothing of ours between it and the kernel. */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Program } from '../namespaces/program.ts'
import type {
  AnswerTimes,
  AnswerTimesTask,
  ClientTask,
  FirstConnections,
  FirstConnectionsTask,
  Question,
  Resolved,
} from './client-task.ts'
import { internetPort } from './internet.ts'

/** A SYN that got lost is sent again after 1 s: what takes as long has failed. */
export const withoutRetryMs = 900

export class ResolvingClient {
  readonly #program: Program
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #asked = 0

  private constructor(program: Program) {
    this.#program = program
    // One for each task that waits.
    program.child.setMaxListeners(0)
    const { stdout } = program.child
    if (stdout === null) throw new Error('the client has no pipe')
    createInterface({ input: stdout }).on('line', (line) => this.#take(line))
  }

  static async start(netns: string): Promise<ResolvingClient> {
    const program = join(import.meta.dirname, 'client-program.ts')
    const place = { netns, command: process.execPath, args: [program] }
    return new ResolvingClient(await Program.start(place, /^ready/))
  }

  resolve(question: Question): Promise<Resolved> {
    return this.#ask<Resolved>({ kind: 'resolve', question })
  }

  /** Does a connection come about before a SYN would be sent again? */
  async connects(address: string, port = internetPort, withinMs = withoutRetryMs): Promise<boolean> {
    const { ms } = await this.#ask<{ readonly ms?: number }>({ kind: 'connect', address, port, withinMs })
    return ms !== undefined
  }

  firstConnections(
    question: Question,
    count: number,
    options: Partial<Pick<FirstConnectionsTask, 'concurrency' | 'withinMs'>> = {},
  ): Promise<FirstConnections> {
    const { concurrency = 8, withinMs = withoutRetryMs } = options
    const task = { question, count, concurrency, port: internetPort, withinMs }
    return this.#ask<FirstConnections>({ kind: 'first-connections', ...task })
  }

  answerTimes(task: AnswerTimesTask): Promise<AnswerTimes> {
    return this.#ask<AnswerTimes>({ kind: 'answer-times', ...task })
  }

  stop(): Promise<void> {
    return this.#program.stop()
  }

  #ask<Result>(task: ClientTask): Promise<Result> {
    const { child } = this.#program
    const number = this.#asked++
    return new Promise((resolve, reject) => {
      const onEnd = () => reject(new Error('the client ended'))
      child.once('close', onEnd)
      this.#waiting.set(number, (result) => {
        child.off('close', onEnd)
        resolve(result as Result)
      })
      child.stdin?.write(`${JSON.stringify({ number, task })}\n`)
    })
  }

  #take(line: string): void {
    const { number, result } = JSON.parse(line) as { readonly number: number; readonly result: unknown }
    this.#waiting.get(number)?.(result)
    this.#waiting.delete(number)
  }
}
