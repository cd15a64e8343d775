/** All objects of a kind in one answer, read by the client, against the same bytes from memory. */
import type { ApiClient } from '@margay/client'
import { createAll, kindOf } from '../harness/api-server.ts'
import { bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { durations, interleave } from '../harness/measure.ts'
import { percentile } from '../harness/statistics.ts'
import { samplePolicy } from '../world/sample-policy.ts'
import { type Servers, startServers } from './servers.ts'

export function listSuite(isQuick: boolean): Suite {
  const counts = isQuick ? [20] : [1000, 10_000]
  const benches = counts.map((count) => ({ of: bench('api/list', count, 'objects'), count }))
  return {
    benches: benches.map(({ of }) => of),
    needsRoot: false,
    async *run(context) {
      const servers = await startServers(context, { medium: 'memory' })
      for (const { of, count } of benches) {
        await prepare(servers, count)
        yield { bench: of, metrics: await measure(servers, count, context) }
      }
    },
  }
}

const kind = kindOf(samplePolicy('any', 0))

function namespaceOf(count: number): string {
  return `list-${count}`
}

async function prepare({ margay, raw }: Servers, count: number): Promise<void> {
  const namespace = namespaceOf(count)
  const objects = Array.from({ length: count }, (_, i) => samplePolicy(`policy-${i}`, i, namespace))
  await createAll(margay.client, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...objects,
  ])
  const { items, resourceVersion } = await margay.client.list(kind, { namespace, pageSize: 0 })
  const metadata = { name: 'all', namespace, resourceVersion }
  await raw.update(kind, { apiVersion: kind.apiVersion, kind: `${kind.kind}List`, metadata, items })
}

async function measure({ margay, raw }: Servers, count: number, { isQuick }: Context): Promise<Metrics> {
  const list = (api: ApiClient) => () => api.list(kind, { namespace: namespaceOf(count), pageSize: 0 })
  const time = (api: ApiClient) => async () => (await durations(list(api), 1, 0))[0] ?? 0
  const samples = await interleave({ margay: time(margay.client), raw: time(raw) }, isQuick ? 1 : 9)
  const [ms, baseline] = [percentile(samples.margay, 50), percentile(samples.raw, 50)]
  return { p50_ms: ms, objects_per_s: (1000 * count) / ms, baseline_p50_ms: baseline, ratio: baseline / ms }
}
