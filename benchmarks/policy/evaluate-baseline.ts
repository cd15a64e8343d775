/**
 * One decision under a baseline of 294 policies with 68 rules each, the shape that Calico's own benchmarks have: a quarter of the rules
 * names one of 3,708 address sets with 256,000 members in all, and none matches.
 */
import { parseIp } from '@margay/netset'
import { buildPolicyState, evaluate, type Flow, type PolicyState, protocols } from '@margay/policy'
import { type Context, type Metrics, published, type Suite, single } from '../harness/bench.ts'
import { heapMb } from '../harness/heap.ts'
import { keep, nanosecondsPerCall, planFor } from '../harness/measure.ts'
import {
  type BaselineSize,
  baselineObjects,
  baselinePod,
  memberAddress,
  unspokenPort,
} from '../world/baseline.ts'
import { admitted } from '../world/world.ts'

const full: BaselineSize = { policies: 294, rules: 68, sets: 3708, members: 256_000 }
const tiny: BaselineSize = { policies: 3, rules: 68, sets: 36, members: 2560 }

export function evaluateBaselineSuites(isQuick: boolean): Suite[] {
  const size = isQuick ? tiny : full
  const of = published('policy/evaluate-baseline', `${size.policies}x${size.rules}`, 'policies x rules')
  return [single(of, (context) => measure(size, context))]
}

/** `first_ms`: the first decision, for which rules are lowered and the members of sets are looked through. */
function measure(size: BaselineSize, context: Context): Metrics {
  const resources = baselineObjects(size).map(admitted)
  const before = heapMb()
  const { state } = buildPolicyState(resources)
  const flows = Array.from({ length: 1000 }, (_, index) => flowFrom(sourceOf(index, size), state))
  const start = performance.now()
  for (const flow of flows.slice(0, 1)) keep(evaluate(state, flow))
  const firstMs = performance.now() - start
  checkNothingMatches(state, flows)
  const batch = () => {
    for (const flow of flows) keep(evaluate(state, flow))
    return flows.length
  }
  const us = nanosecondsPerCall(batch, planFor(context)) / 1000
  return { us, first_ms: firstMs, heap_mb: heapMb() - before }
}

/** Every other one is a member of a set; the rest are nowhere. */
function sourceOf(index: number, { members }: BaselineSize): string {
  return index % 2 === 0 ? memberAddress((index * 251) % members) : `203.0.${index >>> 8}.${index & 255}`
}

function flowFrom(source: string, state: PolicyState): Flow {
  const destination = state.endpoints.get(`${baselinePod.namespace}/${baselinePod.name}`)
  const address = parseIp(source)
  return {
    source: { endpoint: undefined, address },
    destination: { endpoint: destination, address: destination?.addresses[0] },
    ipVersion: 4,
    protocol: protocols.tcp,
    sourcePort: 40_000,
    destinationPort: unspokenPort,
    icmp: undefined,
  }
}

/** @throws Error when a rule matches: then the figures say something else. */
function checkNothingMatches(state: PolicyState, flows: readonly Flow[]): void {
  const isPassed = (flow: Flow) => evaluate(state, flow).ingress?.trace[0].kind === 'TierDefault'
  if (!flows.every(isPassed)) throw new Error('a rule of the baseline matches')
}
