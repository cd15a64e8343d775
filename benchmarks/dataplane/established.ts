/** What a connection that was allowed carries: nothing of policy should be left to pay for. */
import { join } from 'node:path'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { type Bed, startBeds } from './beds.ts'
import { loadPolicies } from './load.ts'
import { type Ask, startTalking } from './talk.ts'

export function establishedSuite(isQuick: boolean): Suite {
  const policies = isQuick ? 1 : 100
  return single(
    bench('dataplane/established', policies, 'policies'),
    (context) => measure(policies, context),
    true,
  )
}

const port = 5002
const program = join(import.meta.dirname, 'stream.ts')

async function measure(policies: number, context: Context): Promise<Metrics> {
  const beds = await startBeds(['ours', 'none'], context)
  const loaded = await loadPolicies(beds.ours, policies, context)
  if (!loaded.isDone) return { gave_up_ms: loaded.ms }
  const [ours, none] = [await startStream(beds.ours, context), await startStream(beds.none, context)]
  const milliseconds = context.isQuick ? 20 : 500
  const gigabits = (stream: Ask) => async () =>
    (8 * Number(await stream(String(milliseconds)))) / (milliseconds * 1e6)
  const samples = await interleave({ ours: gigabits(ours), none: gigabits(none) }, context.isQuick ? 1 : 7)
  const [withUs, without] = [median(samples.ours), median(samples.none)]
  return { gigabits_per_s: withUs, baseline_gigabits_per_s: without, ratio: withUs / without }
}

async function startStream({ client, server }: Bed, context: Context): Promise<Ask> {
  await startTalking({ args: [program, 'serve', String(port)], netns: server.netns }, context)
  return startTalking(
    { args: [program, 'send', server.ips[0] ?? '', String(port)], netns: client.netns },
    context,
  )
}
