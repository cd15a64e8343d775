/** What a connection that was allowed carries: nothing of policy should be left to pay for. */
import { join } from 'node:path'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { startLab } from '../world/lab-world.ts'
import { namespace, Rulesets, twoPods } from './rulesets.ts'
import { startTalking } from './talk.ts'

export function establishedSuite(isQuick: boolean): Suite {
  const policies = isQuick ? 1 : 100
  return single(
    bench('dataplane/established', policies, 'policies'),
    (context) => measure(policies, context),
    true,
  )
}

const port = 5001
const program = join(import.meta.dirname, 'stream.ts')

async function measure(policies: number, context: Context): Promise<Metrics> {
  const { lab, node } = await startLab(context, twoPods())
  const [client, server] = [lab.pod(namespace, 'client'), lab.pod(namespace, 'server')]
  await startTalking({ args: [program, 'serve', String(port)], netns: server.netns }, context)
  const args = [program, 'send', server.ips[0] ?? '', String(port)]
  const stream = await startTalking({ args, netns: client.netns }, context)
  const rulesets = new Rulesets(node.netns)
  const milliseconds = context.isQuick ? 20 : 500
  const gigabits = async () => (8 * Number(await stream(String(milliseconds)))) / (milliseconds * 1e6)
  const samples = await interleave(
    {
      ours: () => rulesets.policies(policies).then(gigabits),
      none: () => rulesets.none().then(gigabits),
    },
    context.isQuick ? 1 : 7,
  )
  const [ours, none] = [median(samples.ours), median(samples.none)]
  return { gigabits_per_s: ours, baseline_gigabits_per_s: none, ratio: ours / none }
}
