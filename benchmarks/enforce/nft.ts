/** The kernel's share: `nft` with the commands of one policy's change, and with the whole table. */
import { NftCommand } from '@margay/agent'
import { type NftTable, renderDelta } from '@margay/dataplane'
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
  const driver = new NftCommand(node.netns)
  const worlds = worldsOf(pods, context)
  const allow = tableOf(buildPolicyState(worlds.Allow).state)
  const deny = tableOf(buildPolicyState(worlds.Deny).state)
  const whole = async () => driver.apply(renderDelta({ kind: 'NamesOnly', ...(await driver.list()) }, deny))
  const [rebuilds, runs] = context.isQuick ? [1, 2] : [5, 40]
  const full = await durations(whole, rebuilds)
  const there = renderDelta({ kind: 'Exact', table: deny }, allow)
  const back = renderDelta({ kind: 'Exact', table: allow }, deny)
  let isThere = false
  const change = () => {
    isThere = !isThere
    return driver.apply(isThere ? there : back)
  }
  return {
    ...latencies(await durations(change, runs, 2)),
    full_ms: median(full),
    rules: rulesOf(deny),
    elements: elementsOf(deny),
  }
}

function rulesOf({ chains }: NftTable): number {
  return [...chains.values()].reduce((sum, { rules }) => sum + rules.length, 0)
}

function elementsOf({ sets, maps }: NftTable): number {
  return [...sets.values(), ...maps.values()].reduce((sum, { elements }) => sum + elements.size, 0)
}
