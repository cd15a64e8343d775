/** The agent's own share of a change, in this process: resources ▶ state ▶ nftables objects ▶ batches. */
import { changesBetween, compile, defaultCompileOptions } from '@margay/dataplane'
import type { Ruleset } from '@margay/netlink/nftables'
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { bare } from '../dataplane/enforcement.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { median } from '../harness/statistics.ts'
import { nodeName } from '../world/pods.ts'
import { admitted } from '../world/world.ts'
import { opposite, type Toggle, togglePolicy, toggleWorld } from './toggle-world.ts'

export function compileSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [4] : [10, 100, 250]).map((pods) =>
    single(bench('enforce/compile', pods, 'local pods'), (context) => measure(pods, context)),
  )
}

/** The worlds before and after a change, as the agent holds them. */
export function worldsOf(pods: number, { isQuick }: Pick<Context, 'isQuick'>): Record<Toggle, Resource[]> {
  const resources = toggleWorld({ pods, policies: isQuick ? 4 : 100 }).map(admitted)
  return {
    Allow: [...resources, admitted(togglePolicy('Allow'))],
    Deny: [...resources, admitted(togglePolicy('Deny'))],
  }
}

export function tableOf(state: PolicyState): Ruleset {
  return compile(state, { name: nodeName, ...bare }, defaultCompileOptions)
}

interface Times {
  readonly ms: number
  readonly state_ms: number
  readonly compile_ms: number
  readonly delta_ms: number
}

function measure(pods: number, context: Context): Metrics {
  const worlds = worldsOf(pods, context)
  let action: Toggle = 'Allow'
  let known = tableOf(buildPolicyState(worlds.Allow).state)
  const samples: Times[] = []
  const [warmUp, runs] = context.isQuick ? [1, 2] : [10, 40]
  for (let i = 0; i < warmUp + runs; i++) {
    action = opposite(action)
    const { times, table } = changeOnce(worlds[action], known)
    known = table
    if (i >= warmUp) samples.push(times)
  }
  const middle = (name: keyof Times) => median(samples.map((times) => times[name]))
  return {
    ms: middle('ms'),
    state_ms: middle('state_ms'),
    compile_ms: middle('compile_ms'),
    delta_ms: middle('delta_ms'),
  }
}

function changeOnce(resources: readonly Resource[], known: Ruleset): { times: Times; table: Ruleset } {
  const start = performance.now()
  const { state } = buildPolicyState(resources)
  const built = performance.now()
  const table = tableOf(state)
  const compiled = performance.now()
  changesBetween(known, table)
  const end = performance.now()
  const times = {
    ms: end - start,
    state_ms: built - start,
    compile_ms: compiled - built,
    delta_ms: end - compiled,
  }
  return { times, table }
}
