/** The whole matrix as policy says it is: all pairs of pods, at both ports, on a state that nobody has asked before. */
import { buildPolicyState, evaluate } from '@margay/policy'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { keep } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { flowBetween } from '../world/flows.ts'
import { worldResources } from '../world/world.ts'
import { allPairs, services } from './pairs.ts'

export function evaluateSuite(isQuick: boolean): Suite {
  const pods = isQuick ? 10 : 200
  return single(bench('matrix/evaluate', pods, 'pods'), (context) => measure(pods, context))
}

function measure(pods: number, { isQuick }: Context): Metrics {
  const resources = worldResources({ pods, policies: pods / 2 })
  const samples = Array.from({ length: isQuick ? 2 : 9 }, () => {
    const { state } = buildPolicyState(resources)
    const pairs = allPairs(state)
    const start = performance.now()
    for (const { from, to } of pairs) {
      for (const service of services) keep(evaluate(state, flowBetween(from, to, service)))
    }
    return { ms: performance.now() - start, calls: pairs.length * services.length }
  })
  const ms = median(samples.map((sample) => sample.ms))
  const calls = samples[0]?.calls ?? 0
  return { ms, calls_per_s: (1000 * calls) / ms, calls }
}
