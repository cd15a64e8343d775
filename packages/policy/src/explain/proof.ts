/** A packet that shows that an assertion does not hold, and what decides about it: for a person. */
import type { Verdict } from '../evaluate/decision.ts'
import { evaluate } from '../evaluate/evaluate.ts'
import { evaluateRoute, type Route, type RouteHost } from '../evaluate/evaluate-route.ts'
import type { Flow, FlowPeer } from '../model/flow.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { formatDeciders, formatPath, formatTrace } from './format-decision.ts'
import { formatFlow, formatPeer } from './format-flow.ts'

export interface Proof {
  readonly flow: Flow
  /** `shop/web`, `host/n1-eth0`, `192.0.2.9`. */
  readonly from: string
  readonly to: string
  /** `shop/web → host/n1-eth0 TCP 22`. */
  readonly text: string
  readonly verdict: Verdict
  /** Every stage that was asked. */
  readonly trace: readonly string[]
  /** What allows it, or denies it. */
  readonly deciders: readonly string[]
}

/** `route`: where a host endpoint is an end. Of these there is no staged view: the state must be what is meant. */
export function proofOf(state: PolicyState, flow: Flow, route?: Route, view: PolicyView = {}): Proof {
  const from = nameOf(flow.source, route?.from)
  const to = nameOf(flow.destination, route?.to)
  return {
    flow,
    from,
    to,
    text: `${formatFlow(flow, from, to)}${headersOf(flow)}`,
    ...decided(state, flow, route, view),
  }
}

/** These are made of what rules and assertions list, unlike those of somebody's request. */
function headersOf({ http }: Flow): string {
  if (http === undefined || http === 'NotHttp') return ''
  const headers = [...(http.headers ?? [])].map(([name, value]) => `${name}: ${value}`)
  return headers.length === 0 ? '' : ` with ${headers.join(' and ')}`
}

type Decided = Pick<Proof, 'verdict' | 'trace' | 'deciders'>

function decided(state: PolicyState, flow: Flow, route: Route | undefined, view: PolicyView): Decided {
  if (route === undefined) {
    const decision = evaluate(state, flow, view)
    return { verdict: decision.verdict, trace: formatTrace(decision), deciders: formatDeciders(decision) }
  }
  const { verdict, stages } = evaluateRoute(state, route)
  const trace = formatPath({ verdict, isDecided: true, stages })
  const deciding = stages
    .filter(({ action }) => action === verdict)
    .map((stage) => ({ ...stage, trace: stage.trace.slice(-1) }))
  return { verdict, trace, deciders: formatPath({ verdict, isDecided: true, stages: deciding }) }
}

function nameOf(peer: FlowPeer, host: RouteHost | undefined): string {
  return host === undefined ? formatPeer(peer) : hostName(host.endpoint?.key ?? host.node)
}

/** As a host endpoint is called where pods have names too. */
export function hostName(key: string): string {
  return `host/${key}`
}
