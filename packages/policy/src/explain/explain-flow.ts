/**
 * Why is a flow between workloads allowed or denied? Both sides are told, also the ingress of a flow whose egress denied already:
 * whoever mends the one wants to know of the other.
 */
import type { Decision, EndpointDecision } from '../evaluate/decision.ts'
import { evaluate } from '../evaluate/evaluate.ts'
import { judgeWorkload } from '../evaluate/judge-workload.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import type { Direction } from '../model/rule.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { type ConsideredTier, considerTiers } from './considered.ts'

export interface Explanation {
  /** As `evaluate` gives it. */
  readonly decision: Decision
  /** Undefined where there is no workload to judge, and for one that talks to itself. */
  readonly egress: ExplainedSide | undefined
  readonly ingress: ExplainedSide | undefined
  /** What would be if the staged policies were enforced; undefined where that is what is. */
  readonly staged: Omit<Explanation, 'staged'> | undefined
}

export interface ExplainedSide extends EndpointDecision {
  /** Empty where no tier was asked: a profile decided, or a tunnel was refused. */
  readonly tiers: readonly ConsideredTier[]
}

/** `view`: of what policy the question is; for the staged one nothing is staged any more. */
export function explainFlow(state: PolicyState, flow: Flow, view: PolicyView = {}): Explanation {
  const staged = view.staged !== true && isStagedOther(state, flow)
  return {
    ...explainIn(state, flow, view),
    staged: staged ? explainIn(state, flow, { staged: true }) : undefined,
  }
}

/** Do staged policies concern one of the sides? */
function isStagedOther(state: PolicyState, { source, destination }: Flow): boolean {
  const concerns = (endpoint: Endpoint | undefined, direction: Direction) =>
    endpoint !== undefined && state.stagedPolicy(endpoint, direction) !== undefined
  return concerns(source.endpoint, 'Egress') || concerns(destination.endpoint, 'Ingress')
}

function explainIn(state: PolicyState, flow: Flow, view: PolicyView): Omit<Explanation, 'staged'> {
  const decision = evaluate(state, flow, view)
  const [source, destination] = [flow.source.endpoint, flow.destination.endpoint]
  const isLoop = source !== undefined && source === destination
  const side = (endpoint: Endpoint | undefined, direction: Direction) =>
    endpoint === undefined || isLoop ? undefined : explainSide(state, endpoint, direction, flow, view)
  return { decision, egress: side(source, 'Egress'), ingress: side(destination, 'Ingress') }
}

function explainSide(
  state: PolicyState,
  endpoint: Endpoint,
  direction: Direction,
  flow: Flow,
  view: PolicyView,
): ExplainedSide {
  const decision = judgeWorkload(state, endpoint, direction, flow, view)
  const wasAsked = decision.trace[0].kind !== 'Tunnel'
  const tiers = wasAsked ? considerTiers(state.effectivePolicy(endpoint, direction, view), flow) : []
  return { ...decision, tiers }
}
