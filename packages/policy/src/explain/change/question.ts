/** A connection whose verdict is to be turned: what decides about it in a state, and where. */
import type { Verdict } from '../../evaluate/decision.ts'
import { evaluate } from '../../evaluate/evaluate.ts'
import { evaluateRoute, type Route, type RouteHost } from '../../evaluate/evaluate-route.ts'
import { judgeWorkload } from '../../evaluate/judge-workload.ts'
import type { Flow } from '../../model/flow.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { type ExplainedSide, explainFlow } from '../explain-flow.ts'
import { type ExplainedStage, explainRoute, policyAt } from '../explain-route.ts'
import { flowIn } from './what-if.ts'

export interface Question {
  /** The connection, of whatever state. */
  readonly route: Route
  verdictIn(state: PolicyState): Verdict
  /** Where a change may turn the verdict: of a denial all that are known to deny, else each that could. */
  stagesIn(state: PolicyState): ExplainedStage[]
  /** What is done there in another state; undefined where it is not asked any more. */
  actionAt(stage: ExplainedStage, state: PolicyState): string | undefined
}

/** Between workloads and addresses: both sides are known, also the ingress of what egress denied. */
export function flowQuestion(flow: Flow): Question {
  return {
    route: { flow, from: undefined, to: undefined },
    verdictIn: (state) => evaluate(state, flowIn(state, flow)).verdict,
    stagesIn: (state) => {
      const { decision, egress, ingress } = explainFlow(state, flowIn(state, flow))
      const sides = [egress, ingress].filter((side) => side !== undefined)
      return sides.filter(({ verdict }) => verdict === decision.verdict).map(stageOf)
    },
    actionAt: ({ direction }, state) => {
      const now = flowIn(state, flow)
      const { endpoint } = direction === 'Egress' ? now.source : now.destination
      return endpoint && judgeWorkload(state, endpoint, direction, now).verdict
    },
  }
}

function stageOf(side: ExplainedSide): ExplainedStage {
  return { ...side, stage: 'Workload', action: side.verdict }
}

/** From or to a node: what comes behind a denial is not asked. */
export function routeQuestion(route: Route): Question {
  return {
    route,
    verdictIn: (state) => evaluateRoute(state, routeIn(state, route)).verdict,
    stagesIn: (state) => {
      const { verdict, stages } = explainRoute(state, routeIn(state, route))
      if (verdict === 'Deny') return stages.slice(-1)
      return stages.filter((it) => policyAt(state, it) !== undefined && !isEarly(it))
    },
    actionAt: (stage, state) => {
      const { stages } = evaluateRoute(state, routeIn(state, route))
      return stages.find((it) => isSamePlace(it, stage))?.action
    },
  }
}

/** They are for floods: whoever wants to deny a connection would not do it there. */
function isEarly({ stage }: ExplainedStage): boolean {
  return stage === 'Untracked' || stage === 'PreDNAT'
}

type Place = Pick<ExplainedStage, 'stage' | 'direction' | 'endpoint'>

function isSamePlace(one: Place, other: Place): boolean {
  return one.stage === other.stage && one.direction === other.direction && one.endpoint === other.endpoint
}

/** The same between those who are there now under the same names. */
export function routeIn(state: PolicyState, { flow, from, to }: Route): Route {
  const host = (it: RouteHost | undefined): RouteHost | undefined =>
    it && { node: it.node, endpoint: it.endpoint && state.hostEndpoints.get(it.endpoint.key) }
  return { flow: flowIn(state, flow), from: host(from), to: host(to) }
}
