/** Why does a connection from or to a node pass, or not? Each stage on the way is told with the policies that were asked there. */
import type { StageDecision } from '../evaluate/decision.ts'
import { evaluateRoute, type Route, type RouteDecision } from '../evaluate/evaluate-route.ts'
import type { Flow } from '../model/flow.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { type ConsideredTier, considerTiers } from './considered.ts'

export interface RouteExplanation extends RouteDecision {
  readonly stages: readonly ExplainedStage[]
}

export interface ExplainedStage extends StageDecision {
  /** Empty where no tier was asked: a profile decided, a failsafe port, or what policy has no part in. */
  readonly tiers: readonly ConsideredTier[]
}

/** With the verdict and the stages of `evaluateRoute`. */
export function explainRoute(state: PolicyState, route: Route): RouteExplanation {
  const { verdict, stages } = evaluateRoute(state, route)
  return { verdict, stages: stages.map((it) => ({ ...it, tiers: tiersAt(state, it, route.flow) })) }
}

function tiersAt(state: PolicyState, stage: StageDecision, flow: Flow): ConsideredTier[] {
  const isOfTiers = stage.trace.some(({ kind }) => kind === 'Rule' || kind === 'TierDefault')
  const policy = isOfTiers ? policyAt(state, stage) : undefined
  return policy === undefined ? [] : considerTiers(policy, flow)
}

/** What governs an endpoint at a stage of its; undefined for stages that ask no policy. */
export function policyAt(
  state: PolicyState,
  { stage, direction, endpoint }: Pick<StageDecision, 'stage' | 'direction' | 'endpoint'>,
): EffectivePolicy | undefined {
  switch (stage) {
    case 'Source':
    case 'ToHost':
    case 'Tunnel':
      return undefined
    case 'Workload': {
      const workload = state.endpoints.get(endpoint)
      return workload && state.effectivePolicy(workload, direction)
    }
    default: {
      const host = state.hostEndpoints.get(endpoint)
      return host && state.effectiveHostPolicy(host, stage, direction)
    }
  }
}
