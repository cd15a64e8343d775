/** An agent that starts in a large cluster: from nothing in memory and nothing in the kernel to everything in force. */
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { median } from '../harness/statistics.ts'
import { startLab } from '../world/lab-world.ts'
import { AgentBeside, type Answer } from './agent-beside.ts'
import type { ClusterSize } from './cluster-world.ts'

const limitMs = 240_000

export function startOfDaySuite(size: ClusterSize): Suite {
  const name = `${size.policies}x${size.localPods}`
  return single(
    bench('dataplane/start-of-day', name, 'policies x local pods'),
    (context) => measure(size, context),
    true,
  )
}

/** No pods are made: rules name interfaces, which need not be there. */
async function measure(size: ClusterSize, context: Context): Promise<Metrics> {
  const { lab, node } = await startLab(context, [])
  const answers: Answer[] = []
  const rounds = context.isQuick ? 1 : 5
  const end = performance.now() + limitMs
  while (answers.length < rounds) {
    await lab.runInNode(node, 'nft', ['flush', 'ruleset'])
    const agent = await AgentBeside.start(node.netns, size, context)
    const answer = await agent.ask('start', end - performance.now())
    await agent.stop()
    if (answer === undefined) break
    answers.push(answer)
  }
  if (answers.length === 0) return { gave_up_ms: limitMs }
  return {
    seconds: median(answers.map(({ ms }) => ms)) / 1000,
    rss_mb: median(answers.map(({ rssMb }) => rssMb)),
    rest_rss_mb: median(answers.map(({ restMb }) => restMb)),
    starts: answers.length,
  }
}
