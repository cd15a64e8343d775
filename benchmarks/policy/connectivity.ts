/** Who can talk to whom in a whole cluster, exactly, and what a change of policy gains and loses. */
import { buildPolicyState, Connectivity, differencesBetween, flowsBetween } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { type Context, type Metrics, published, type Suite, single } from '../harness/bench.ts'
import { heapMb } from '../harness/heap.ts'
import { durations, keep } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { type WorldSize, worldResources } from '../world/world.ts'

export function connectivitySuites(isQuick: boolean): Suite[] {
  const size = isQuick ? { pods: 20, policies: 20 } : { pods: 1000, policies: 500 }
  const named = (name: string) => published(name, `${size.pods}x${size.policies}`, 'workloads x policies')
  return [
    single(named('policy/connectivity'), (context) => measureConnectivity(size, context)),
    single(named('policy/diff'), (context) => measureDiff(size, context)),
  ]
}

/** From admitted resources to the fewest rows. */
async function measureConnectivity(size: WorldSize, { isQuick }: Context): Promise<Metrics> {
  const resources = worldResources(size)
  let rows = 0
  const whole = () => {
    const { state } = buildPolicyState(resources)
    rows = flowsBetween(new Connectivity(state, 4)).length
  }
  return { seconds: median(await durations(whole, isQuick ? 1 : 5, 1)) / 1000, rows, heap_mb: heapMb() }
}

/** Both states from admitted resources, of which one lacks every fiftieth policy, to the rows that tell them apart. */
async function measureDiff(size: WorldSize, { isQuick }: Context): Promise<Metrics> {
  const after = worldResources(size)
  const before = after.filter((it, index) => !isPolicy(it) || index % 50 !== 0)
  let rows = 0
  const whole = () => {
    const [old, now] = [before, after].map((it) => ({ state: buildPolicyState(it).state }))
    if (old === undefined || now === undefined) return
    rows = differencesBetween(old, now, 4).connections.length
    keep(rows)
  }
  return { seconds: median(await durations(whole, isQuick ? 1 : 5, 1)) / 1000, rows, heap_mb: heapMb() }
}

function isPolicy({ kind }: Resource): boolean {
  return kind.endsWith('NetworkPolicy')
}
