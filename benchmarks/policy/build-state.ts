/** From admitted resources to the state that decisions are made on, as the agent does it at each change. */
import { buildPolicyState } from '@margay/policy'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { durations, keep } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { type WorldSize, worldResources } from '../world/world.ts'

const sizes: readonly WorldSize[] = [
  { pods: 10, policies: 10 },
  { pods: 100, policies: 100 },
  { pods: 250, policies: 100 },
  { pods: 1000, policies: 1000 },
]

export function buildStateSuites(isQuick: boolean): Suite[] {
  return (isQuick ? sizes.slice(0, 1) : sizes).map((size) =>
    single(bench('policy/build-state', `${size.pods}x${size.policies}`, 'pods x policies'), (context) =>
      measure(size, context),
    ),
  )
}

/** The effective policy of every pod is a part of it: it is found when it is first asked for. */
async function measure(size: WorldSize, { isQuick }: Context): Promise<Metrics> {
  const resources = worldResources(size)
  const build = () => keep(buildPolicyState(resources))
  const buildAndSelect = () => {
    const { state } = buildPolicyState(resources)
    for (const endpoint of state.endpoints.values()) {
      keep(state.effectivePolicy(endpoint, 'Ingress'))
      keep(state.effectivePolicy(endpoint, 'Egress'))
    }
  }
  const runs = isQuick ? 2 : 15
  return {
    ms: median(await durations(build, runs, 3)),
    with_effective_policy_ms: median(await durations(buildAndSelect, runs, 3)),
  }
}
