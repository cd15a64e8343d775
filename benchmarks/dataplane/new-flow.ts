/** What the first packet of a flow costs, by how many policies are walked for it. */
import { join } from 'node:path'
import type { Lab, LabNode } from '@margay/lab'
import { bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { startLab } from '../world/lab-world.ts'
import { namespace, Rulesets, twoPods } from './rulesets.ts'
import { type Ask, startTalking } from './talk.ts'

export function newFlowSuite(isQuick: boolean): Suite {
  const benches = (isQuick ? [1] : [0, 10, 100]).map((policies) => ({
    of: bench('dataplane/new-flow', policies, 'policies'),
    policies,
  }))
  return {
    benches: benches.map(({ of }) => of),
    needsRoot: true,
    async *run(context) {
      const { lab, node } = await startLab(context, twoPods())
      await swallow(lab)
      const flood = await startFlood(lab, context)
      for (const { of, policies } of benches) {
        yield { bench: of, metrics: await measure(policies, { lab, node, flood }, context) }
      }
    },
  }
}

/** The receiving pod drops what arrives before it looks at it, and counts it. */
async function swallow(lab: Lab): Promise<void> {
  const rules = [
    'add table netdev bench',
    'add chain netdev bench ingress { type filter hook ingress device "eth0" priority 0; policy accept; }',
    'add rule netdev bench ingress meta l4proto udp counter drop',
  ]
  await lab.runInNode(lab.pod(namespace, 'server'), 'nft', ['-f', '-'], `${rules.join('\n')}\n`)
}

function startFlood(lab: Lab, context: Context): Promise<Ask> {
  const to = lab.pod(namespace, 'server').ips[0] ?? ''
  const args = [join(import.meta.dirname, 'flood.ts'), to]
  return startTalking({ args, netns: lab.pod(namespace, 'client').netns }, context)
}

interface Bed {
  readonly lab: Lab
  readonly node: LabNode
  readonly flood: Ask
}

async function measure(policies: number, bed: Bed, { isQuick }: Context): Promise<Metrics> {
  const rulesets = new Rulesets(bed.node.netns)
  const flows = isQuick ? 1024 : 10_240
  const flowsPerMs = (load: () => Promise<void>) => async () => {
    await load()
    return flowsPerSecond(flows, bed)
  }
  const samples = await interleave(
    {
      ours: flowsPerMs(() => rulesets.policies(policies)),
      conntrack: flowsPerMs(() => rulesets.conntrack()),
      none: flowsPerMs(() => rulesets.none()),
    },
    isQuick ? 1 : 7,
  )
  const [ours, conntrack, none] = [median(samples.ours), median(samples.conntrack), median(samples.none)]
  return {
    flows_per_s: ours,
    added_us: 1e6 / ours - 1e6 / none,
    added_to_conntrack_us: 1e6 / ours - 1e6 / conntrack,
    baseline_flows_per_s: none,
    ratio: ours / none,
  }
}

/** Of those that arrived. The flows of the round before are forgotten first, so that every round finds the same table. */
async function flowsPerSecond(flows: number, { lab, node, flood }: Bed): Promise<number> {
  await lab.flushConntrack(node)
  const before = await arrived(lab)
  const ms = Number(await flood(String(flows)))
  const through = (await arrived(lab)) - before
  if (through < flows / 2) throw new Error(`only ${through} of ${flows} packets arrived`)
  return (1000 * through) / ms
}

async function arrived(lab: Lab): Promise<number> {
  const { stdout } = await lab.runInNode(lab.pod(namespace, 'server'), 'nft', [
    'list',
    'table',
    'netdev',
    'bench',
  ])
  return Number(/packets (\d+)/.exec(stdout)?.[1] ?? Number.NaN)
}
