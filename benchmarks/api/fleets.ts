/** The watchers' processes, and what arrived at all of them together. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Context } from '../harness/bench.ts'
import { startChild } from '../harness/child.ts'
import type { FleetReport } from './fleet-report.ts'
import { LatencyHistogram } from './latency-histogram.ts'

const processes = 2
const lookEveryMs = 500
/** When nothing at all arrived for so long, nothing more will. */
const patienceMs = 20_000

export interface Arrived {
  readonly latencies: LatencyHistogram
  /** Changes that a watcher should have got and did not, over all watchers. */
  readonly missed: number
  /** Changes that a watcher got more than once. */
  readonly repeated: number
  /** Watches that ended. */
  readonly ended: number
}

export class Fleets {
  readonly #fleets: readonly Fleet[]

  static async start(
    kubeconfig: string,
    watchers: number,
    resourceVersion: string,
    context: Pick<Context, 'defer'>,
  ): Promise<Fleets> {
    const program = join(import.meta.dirname, 'watcher-fleet.ts')
    const args = [program, kubeconfig, String(watchers / processes), resourceVersion]
    const started = Array.from({ length: processes }, () =>
      startChild({ args }, (line) => line === 'watching', context),
    )
    return new Fleets((await Promise.all(started)).map(({ child }) => new Fleet(child)))
  }

  private constructor(fleets: readonly Fleet[]) {
    this.#fleets = fleets
  }

  /** Resolves when every watcher got so many changes since the last call, or nothing came any more. */
  async arrived(changes: number): Promise<Arrived> {
    const latencies = new LatencyHistogram()
    const byWatcher: number[] = []
    let ended = 0
    for (let quietMs = 0; quietMs < patienceMs; quietMs += lookEveryMs) {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      const reports = await Promise.all(this.#fleets.map((fleet) => fleet.report()))
      for (const [milliseconds, times] of reports.flatMap((it) => it.latencies)) {
        latencies.add(milliseconds, times)
        quietMs = 0
      }
      for (const [watcher, count] of reports.flatMap((it) => it.arrivals).entries())
        byWatcher[watcher] = (byWatcher[watcher] ?? 0) + count
      ended = reports.reduce((sum, it) => sum + it.ended, 0)
      if (byWatcher.every((count) => count >= changes)) break
    }
    const sum = (of: (count: number) => number) => byWatcher.reduce((total, count) => total + of(count), 0)
    return {
      latencies,
      missed: sum((count) => Math.max(0, changes - count)),
      repeated: sum((count) => Math.max(0, count - changes)),
      ended,
    }
  }
}

class Fleet {
  readonly #child: ChildProcess
  readonly #lines: Interface

  constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new TypeError('the watchers say nothing')
    this.#lines = createInterface({ input: child.stdout })
  }

  async report(): Promise<FleetReport> {
    const answer = once(this.#lines, 'line')
    this.#child.stdin?.write('\n')
    const [line] = await answer
    return JSON.parse(String(line)) as FleetReport
  }
}
