/** Asks, and connects at once to what the answer says: whoever is late to know it loses that packet. */
import { ask, connectionMs, resolverAt } from './ask.ts'
import type { FirstConnections, FirstConnectionsTask, Quantiles } from './client-task.ts'

const mostProblems = 10

export async function firstConnections(task: FirstConnectionsTask): Promise<FirstConnections> {
  const turns = new Turns(task)
  const since = performance.now()
  await Promise.all(Array.from({ length: task.concurrency }, () => turns.goOn()))
  return turns.told((performance.now() - since) / 1000)
}

class Turns {
  readonly #task: FirstConnectionsTask
  readonly #addresses = new Set<string>()
  readonly #resolveMs: number[] = []
  readonly #connectMs: number[] = []
  readonly #problems: string[] = []
  #begun = 0
  #failed = 0
  #unresolved = 0

  constructor(task: FirstConnectionsTask) {
    this.#task = task
  }

  /** One turn after the other, until all have begun. */
  async goOn(): Promise<void> {
    const resolver = resolverAt(this.#task.question.server)
    while (this.#begun < this.#task.count) await this.#turn(this.#begun++, resolver)
  }

  told(seconds: number): FirstConnections {
    return {
      tried: this.#begun,
      connected: this.#connectMs.length,
      failed: this.#failed,
      unresolved: this.#unresolved,
      addresses: this.#addresses.size,
      seconds,
      resolveMs: quantiles(this.#resolveMs),
      connectMs: quantiles(this.#connectMs),
      problems: this.#problems,
    }
  }

  async #turn(number: number, resolver: ReturnType<typeof resolverAt>): Promise<void> {
    const { question, port, withinMs } = this.#task
    const since = performance.now()
    const name = question.name.replace('#', String(number))
    const { addresses, error } = await ask({ ...question, name }, resolver)
    const [address] = addresses
    if (address === undefined) {
      this.#unresolved++
      this.#note(`turn ${number}: ${name} is not resolved: ${error ?? 'no address'}`)
      return
    }
    this.#resolveMs.push(performance.now() - since)
    this.#addresses.add(address)
    const ms = await connectionMs(address, port, withinMs)
    if (ms !== undefined) return void this.#connectMs.push(ms)
    this.#failed++
    this.#note(`turn ${number}: ${address} was not connected to`)
  }

  #note(line: string): void {
    if (this.#problems.length < mostProblems) this.#problems.push(line)
  }
}

function quantiles(samples: readonly number[]): Quantiles {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
