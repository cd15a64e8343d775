/** One decision: the packet that opens a connection between two of 100 pods. */
import { buildPolicyState, evaluate, type PolicyState } from '@margay/policy'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { callMetrics, keep, planFor } from '../harness/measure.ts'
import { someFlows } from '../world/flows.ts'
import { worldResources } from '../world/world.ts'

const pods = 100

export function evaluateSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [10] : [10, 100, 1000]).map((policies) =>
    single(bench('policy/evaluate', policies, 'policies'), (context) => measure(policies, context)),
  )
}

function measure(policies: number, context: Context): Metrics {
  const { state } = buildPolicyState(worldResources({ pods, policies }))
  const flows = someFlows(state, 1000)
  const batch = () => {
    for (const flow of flows) keep(evaluate(state, flow))
    return flows.length
  }
  return { ...callMetrics(batch, planFor(context)), policies_per_pod: policiesPerPod(state) }
}

/** How many govern a pod, in the mean: what one decision may have to look at. */
function policiesPerPod(state: PolicyState): number {
  const counts = [...state.endpoints.values()].flatMap((endpoint) =>
    (['Ingress', 'Egress'] as const).flatMap((direction) =>
      state.effectivePolicy(endpoint, direction).tiers.map((tier) => tier.policies.length),
    ),
  )
  return counts.reduce((sum, count) => sum + count, 0) / state.endpoints.size
}
