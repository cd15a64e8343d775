/** Requests that never stop, so that nothing happens between them. */
import { Agent, request as send } from 'node:http'
import type { LoadResult, StartLoadTask } from '../client-task.ts'
import { patienceMs } from './open.ts'

export class Load {
  readonly #task: StartLoadTask
  readonly #agent: Agent
  readonly #workers: Promise<void>[]
  #answers: Record<string, number> = {}
  #sent = 0
  #isStopped = false

  constructor(task: StartLoadTask) {
    this.#task = task
    this.#agent = new Agent({ keepAlive: true, maxSockets: task.connections })
    this.#workers = Array.from({ length: task.connections }, () => this.#work())
  }

  /** What is on its way counts, too. */
  forget(): void {
    this.#answers = {}
  }

  async stop(): Promise<LoadResult> {
    this.#isStopped = true
    await Promise.all(this.#workers)
    this.#agent.destroy()
    return { answers: this.#answers }
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      const path = this.#task.paths[this.#sent++ % this.#task.paths.length] ?? '/'
      const answer = `${path} ${await this.#request(path)}`
      this.#answers[answer] = (this.#answers[answer] ?? 0) + 1
    }
  }

  #request(path: string): Promise<string> {
    const { address, port } = this.#task
    const { promise, resolve } = Promise.withResolvers<string>()
    const options = { host: address, port, path, agent: this.#agent, timeout: patienceMs }
    const request = send(options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.once('end', () => resolve(`${response.statusCode} ${policyIn(body)}`.trim()))
    })
    request.once('error', ({ message }) => resolve(`0 ${message}`))
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.end()
    return promise
  }
}

/** What the workload saw in `x-margay-policy`. */
function policyIn(body: string): string {
  return /"x-margay-policy","([^"]*)"/.exec(body)?.[1] ?? ''
}
