/** From the start of a write to the moment at which every watcher has its event. */
import type { ApiClient } from '@margay/client'
import { kindOf, startApiServer } from '../harness/api-server.ts'
import { bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { latencies } from '../harness/statistics.ts'
import { Writer } from '../harness/writer.ts'
import { samplePolicy } from '../world/sample-policy.ts'

export function watchSuite(isQuick: boolean): Suite {
  const benches = (isQuick ? [1] : [1, 50]).map((count) => ({
    of: bench('api/watch', count, 'watchers'),
    count,
  }))
  return {
    benches: benches.map(({ of }) => of),
    needsRoot: false,
    async *run(context) {
      const { client } = await startApiServer(context)
      for (const { of, count } of benches) yield { bench: of, metrics: await measure(client, count, context) }
    },
  }
}

const kind = kindOf(samplePolicy('any', 0))

async function measure(client: ApiClient, watchers: number, { isQuick, defer }: Context): Promise<Metrics> {
  const name = `watched-by-${watchers}`
  const writer = new Writer(client, await client.create(kind, samplePolicy(name, 0)))
  const watched = new Watchers(client)
  defer(() => watched.close())
  const { resourceVersion } = await client.list(kind)
  for (let i = 0; i < watchers; i++) watched.open(resourceVersion)
  const [warmUp, writes] = isQuick ? [1, 3] : [20, 200]
  const samples: Delivery[] = []
  for (let i = 0; i < warmUp + writes; i++)
    samples.push(await watched.deliver(() => writer.write(samplePolicy(name, i + 1))))
  const counted = samples.slice(warmUp)
  watched.close()
  return {
    ...latencies(counted.map(({ lastMs }) => lastMs)),
    ...latencies(
      counted.map(({ firstMs }) => firstMs),
      'first_',
    ),
    ...latencies(
      counted.map(({ writeMs }) => writeMs),
      'write_',
    ),
  }
}

/** Milliseconds since the write began. */
interface Delivery {
  readonly writeMs: number
  readonly firstMs: number
  readonly lastMs: number
}

class Watchers {
  readonly #client: ApiClient
  readonly #end = new AbortController()
  #count = 0
  /** When each watcher got the event that is awaited. */
  #arrivals: number[] = []
  #allArrived: () => void = () => undefined

  constructor(client: ApiClient) {
    this.#client = client
  }

  open(resourceVersion: string): void {
    this.#count++
    this.#follow(resourceVersion).catch((error: unknown) => {
      if (!this.#end.signal.aborted) throw error
    })
  }

  async deliver(write: () => Promise<void>): Promise<Delivery> {
    this.#arrivals = []
    const all = new Promise<void>((resolve) => {
      this.#allArrived = resolve
    })
    const start = performance.now()
    const [answered] = await Promise.all([write().then(() => performance.now()), all])
    const [first = start, last = start] = [this.#arrivals.at(0), this.#arrivals.at(-1)]
    return { writeMs: answered - start, firstMs: first - start, lastMs: last - start }
  }

  close(): void {
    this.#end.abort()
  }

  async #follow(resourceVersion: string): Promise<void> {
    for await (const event of this.#client.watch(kind, { resourceVersion, signal: this.#end.signal })) {
      if (event.type !== 'MODIFIED') continue
      this.#arrivals.push(performance.now())
      if (this.#arrivals.length === this.#count) this.#allArrived()
    }
  }
}
