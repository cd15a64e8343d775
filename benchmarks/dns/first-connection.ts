/** Connections to what an answer says, at once when it is there. Those that would need a second SYN have failed. */
import { type Context, type Metrics, published, type Suite, single } from '../harness/bench.ts'
import { resolverAddress, startDnsWorld } from './dns-world.ts'

export function firstConnectionSuite(): Suite {
  return single(published('dns/first-connection', 10_000, 'connections'), measure, true)
}

async function measure(context: Context): Promise<Metrics> {
  const { ours } = await startDnsWorld('bench-dns-first', context)
  const question = { name: 'n#.rotate.test', type: 'A', by: 'c-ares', server: resolverAddress } as const
  const count = context.isQuick ? 20 : 10_000
  const { tried, failed, unresolved, connectMs } = await ours.firstConnections(question, count)
  return { tried, failed, unresolved, p50_ms: connectMs.p50, p99_ms: connectMs.p99 }
}
