/**
 * Every change of a pod goes to every watcher: the load of a cluster of so many nodes, with watchers in processes of their own
 * that share this machine's cores with the server.
 */
import type { ApiClient } from '@margay/client'
import { createAll, kindOf, startApiServer } from '../harness/api-server.ts'
import { type Bench, bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { latencies } from '../harness/statistics.ts'
import { namespaceObject, podObject, podsPerNamespace } from '../world/pods.ts'
import { Fleets } from './fleets.ts'
import { stamp } from './stamp.ts'

interface Load {
  readonly of: Bench
  readonly watchers: number
  readonly changesPerSecond: number
  readonly seconds: number
}

export function fanOutSuite(isQuick: boolean): Suite {
  const watchers = isQuick ? 10 : 2000
  const load: Load = {
    of: bench('api/watch-fanout', watchers, 'watchers'),
    watchers,
    changesPerSecond: 20,
    seconds: isQuick ? 1 : 30,
  }
  return {
    benches: [load.of],
    needsRoot: false,
    async *run(context) {
      yield { bench: load.of, metrics: await measure(load, context) }
    },
  }
}

async function measure({ watchers, changesPerSecond, seconds }: Load, context: Context): Promise<Metrics> {
  const server = await startApiServer(context)
  const { client } = server
  await createPods(client)
  const { resourceVersion } = await client.list(kindOf(podObject(0)))
  const fleets = await Fleets.start(server.kubeconfig, watchers, resourceVersion, context)
  await change(client, changesPerSecond, 1)
  await fleets.arrived(changesPerSecond)
  const [begin, cpuBefore] = [performance.now(), server.cpuSeconds()]
  const [writeMs, arrived] = await Promise.all([
    change(client, changesPerSecond, seconds),
    fleets.arrived(changesPerSecond * seconds),
  ])
  const elapsed = (performance.now() - begin) / 1000
  const { latencies: latency, missed, repeated, ended } = arrived
  return {
    p50_ms: latency.percentile(50),
    p99_ms: latency.percentile(99),
    max_ms: latency.percentile(100),
    deliveries_per_second: latency.count / elapsed,
    missed,
    repeated,
    ended,
    ...latencies(writeMs, 'write_'),
    server_cpu_us_per_delivery: (1e6 * (server.cpuSeconds() - cpuBefore)) / latency.count,
    server_peak_mib: server.peakMebibytes(),
  }
}

const podCount = 100

async function createPods(client: ApiClient): Promise<void> {
  const namespaces = Array.from({ length: podCount / podsPerNamespace }, (_, index) => namespaceObject(index))
  await createAll(client, [
    ...namespaces,
    ...Array.from({ length: podCount }, (_, index) => podObject(index)),
  ])
}

/** At even distances, whether earlier changes were answered or not. Resolves with milliseconds to each answer. */
async function change(client: ApiClient, perSecond: number, seconds: number): Promise<number[]> {
  const start = performance.now()
  const answers = Array.from({ length: perSecond * seconds }, async (_, n) => {
    const begin = start + (1000 * n) / perSecond
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, begin - performance.now())))
    const { metadata } = podObject(n % podCount)
    await client.patch(kindOf(podObject(0)), metadata, { metadata: { annotations: stamp() } })
    return performance.now() - begin
  })
  return Promise.all(answers)
}
