/** The kernel's share, over netlink: the batches of one policy's change, and those of the whole ruleset. */
import { NetlinkDriver, ourTables } from '@margay/agent'
import { type Changes, changesBetween } from '@margay/dataplane'
import type { Ruleset } from '@margay/netlink/nftables'
import { buildPolicyState } from '@margay/policy'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { durations } from '../harness/measure.ts'
import { latencies, median } from '../harness/statistics.ts'
import { startLab } from '../world/lab-world.ts'
import { tableOf, worldsOf } from './compile.ts'

export function nftSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [4] : [10, 100, 250]).map((pods) =>
    single(bench('enforce/nft', pods, 'local pods'), (context) => measure(pods, context), true),
  )
}

/** No pods are made: the rules name interfaces, which need not be there. */
async function measure(pods: number, context: Context): Promise<Metrics> {
  const { node } = await startLab(context, [])
  const driver = new NetlinkDriver(node.netns)
  context.defer(() => driver.close())
  const commit = ({ batches, removals }: Changes) => {
    for (const batch of [...batches, removals]) if (batch.length > 0) driver.commit(batch)
  }
  const worlds = worldsOf(pods, context)
  const allow = tableOf(buildPolicyState(worlds.Allow).state)
  const deny = tableOf(buildPolicyState(worlds.Deny).state)
  const [rebuilds, runs] = context.isQuick ? [1, 2] : [5, 40]
  const full = await durations(() => {
    commit(changesBetween(driver.read(ourTables), []))
    commit(changesBetween([], deny))
  }, rebuilds)
  const [there, back] = [changesBetween(deny, allow), changesBetween(allow, deny)]
  let isThere = false
  const change = () => {
    isThere = !isThere
    commit(isThere ? there : back)
  }
  return {
    ...latencies(await durations(change, runs, 2)),
    full_ms: median(full),
    rules: rulesOf(deny),
    elements: elementsOf(deny),
  }
}

function rulesOf(ruleset: Ruleset): number {
  return sum(ruleset.flatMap(({ chains }) => [...chains.values()].map(({ rules }) => rules.length)))
}

function elementsOf(ruleset: Ruleset): number {
  return sum(ruleset.flatMap(({ sets }) => [...sets.values()].map(({ elements }) => elements.length)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
