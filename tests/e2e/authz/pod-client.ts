/** A client in a pod's namespace, with nothing of ours between it and the kernel. */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Program } from '@margay/lab'
import type { ClientTask, LoadResult, RequestTask, Response, StartLoadTask, Target } from './client-task.ts'

export type RequestOptions = Partial<Pick<RequestTask, 'protocol' | 'headers'>>

export class PodClient {
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

  static async start(netns: string): Promise<PodClient> {
    const program = join(import.meta.dirname, 'client-program.ts')
    const place = { netns, command: process.execPath, args: [program] }
    return new PodClient(await Program.start(place, /^ready/))
  }

  /** `GET /path`: what stands behind the first space is the path. */
  request(target: Target, line: string, options: RequestOptions = {}): Promise<Response> {
    const space = line.indexOf(' ')
    const [method, path] = [line.slice(0, space), line.slice(space + 1)]
    const { protocol = 'http/1.1', headers = [] } = options
    return this.#ask<Response>({ kind: 'request', ...target, protocol, method, path, headers })
  }

  /** What comes back for bytes that are no HTTP; undefined where the connection ends. */
  async exchange(target: Target, text: string): Promise<string | undefined> {
    const answer = await this.#ask<{ readonly text?: string }>({ kind: 'bytes', ...target, text })
    return answer.text
  }

  /** Does a connection come about, also where a SYN is sent again? */
  async connects({ address, port }: Target): Promise<boolean> {
    const task = { kind: 'connect', address, port, withinMs: 2000 } as const
    return (await this.#ask<{ readonly connected: boolean }>(task)).connected
  }

  async startLoad(target: Target, load: Pick<StartLoadTask, 'connections' | 'paths'>): Promise<void> {
    await this.#ask({ kind: 'start-load', ...target, ...load })
  }

  async forgetLoad(): Promise<void> {
    await this.#ask({ kind: 'forget-load' })
  }

  stopLoad(): Promise<LoadResult> {
    return this.#ask<LoadResult>({ kind: 'stop-load' })
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
    if (line === 'ready') return
    const { number, result } = JSON.parse(line) as { readonly number: number; readonly result: unknown }
    this.#waiting.get(number)?.(result)
    this.#waiting.delete(number)
  }
}
