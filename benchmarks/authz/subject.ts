/** One server as a process, on a core of its own where taskset(1) is there, and who asks it. */
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Context } from '../harness/bench.ts'
import { bundled } from '../harness/bundled.ts'
import { startChild } from '../harness/child.ts'
import { closedLoop, type Load } from '../harness/closed-loop.ts'
import { openLoop } from '../harness/open-loop.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { Caller } from './caller.ts'
import { shopRequests } from './shop.ts'

export interface BusySample extends Load {
  /** Of the server, for each check. */
  readonly cpuUs: number
}

/** As many calls as wait for an answer at any time. */
const inFlight = 32

export class Subject {
  readonly #caller: Caller
  readonly #lines: Interface
  readonly #ask: () => void

  private constructor(caller: Caller, lines: Interface, ask: () => void) {
    this.#caller = caller
    this.#lines = lines
    this.#ask = ask
  }

  /** 0 policies: the baseline. */
  static async start(context: Pick<Context, 'defer'>, policies: number): Promise<Subject> {
    const path = join(await temporaryDirectory(context), `${policies}.sock`)
    const program = await bundled('benchmarks/authz/server.ts', 'authz-server')
    const args = [program, path, String(policies)]
    const { child } = await startChild({ args, core: 0 }, (line) => line === 'listening', context)
    if (child.stdout === null) throw new Error('the server has no output')
    const caller = new Caller(path, shopRequests)
    context.defer(() => caller.close())
    return new Subject(caller, createInterface({ input: child.stdout }), () => child.stdin?.write('\n'))
  }

  /** How many of all requests, asked once each, are allowed. */
  async allowedCount(): Promise<number> {
    const answers = await Promise.all(shopRequests.map(() => this.#caller.call()))
    return answers.filter((isAllowed) => isAllowed).length
  }

  /** So many checks that the server's code is compiled, however slow the machine is. */
  async warmUp(checks: number): Promise<void> {
    for (let asked = 0; asked < checks; asked += inFlight) {
      await Promise.all(Array.from({ length: inFlight }, () => this.#caller.call()))
    }
  }

  async keepBusy(durationMs: number): Promise<BusySample> {
    const before = await this.#cpuUs()
    const load = await closedLoop(inFlight, durationMs, () => this.#caller.call())
    const after = await this.#cpuUs()
    return { ...load, cpuUs: (after - before) / load.latenciesMs.length }
  }

  /** Milliseconds of each answer at that many checks a second, whether or not those before were answered. */
  async latencies(perSecond: number, durationMs: number): Promise<readonly number[]> {
    return await openLoop(perSecond, durationMs, () => this.#caller.call())
  }

  async #cpuUs(): Promise<number> {
    const line = once(this.#lines, 'line')
    this.#ask()
    return Number(String((await line)[0]).split(' ')[1])
  }
}
