/**
 * A connection that a node has a part in: one from or to the node itself. It passes the node that sends it, and then the one that
 * gets it, each as `evaluatePath` has it; a side outside of the cluster has none. Source: spec/dataplane.md 1.2 to 1.10.
 */
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import { everyInterface, type HostEndpoint } from '../model/host-endpoint.ts'
import type { Direction } from '../model/rule.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { type NodeInterface, resolveHostEndpoints } from '../state/resolve-host-endpoints.ts'
import type { StageDecision, Verdict } from './decision.ts'
import { evaluatePath, type PathNode, type PathPacket } from './evaluate-path.ts'
import { judgeWorkload } from './judge-workload.ts'

/** The node, where a process of it is the end; its host endpoint is the one that its connections to other machines pass. */
export interface RouteHost {
  readonly node: string
  /** Undefined for a node that has none. */
  readonly endpoint: HostEndpoint | undefined
}

export interface Route {
  readonly flow: Flow
  /** Undefined: the source is what the flow says it is. */
  readonly from: RouteHost | undefined
  readonly to: RouteHost | undefined
}

export interface RouteDecision {
  readonly verdict: Verdict
  /** In the order in which they are asked, up to the one that denied. */
  readonly stages: readonly StageDecision[]
}

export function evaluateRoute(state: PolicyState, route: Route): RouteDecision {
  const stages: StageDecision[] = []
  for (const step of stepsOf(state, route)) {
    stages.push(...step())
    if (stages.at(-1)?.action === 'Deny') return { verdict: 'Deny', stages }
  }
  return { verdict: 'Allow', stages }
}

type Step = () => readonly StageDecision[]

/** A workload of which nobody knows the node is judged by itself. */
function stepsOf(state: PolicyState, { flow, from, to }: Route): Step[] {
  const [source, destination] = [flow.source.endpoint, flow.destination.endpoint]
  const [first, last] = [from?.node ?? source?.node, to?.node ?? destination?.node]
  const at =
    (node: string, packet: Omit<PathPacket, 'original' | 'translated'>, outInterface: string | undefined) =>
    () => {
      const host = node === from?.node ? from.endpoint : node === to?.node ? to.endpoint : undefined
      return evaluatePath(state, routeNode(state, state.hostEndpoints.values(), node, host), {
        ...packet,
        original: { flow, outInterface },
        translated: undefined,
      }).stages
    }
  const uplinkOf = (node: string) =>
    routeNode(state, state.hostEndpoints.values(), node, from?.node === node ? from.endpoint : to?.endpoint)
      .uplink
  const inner = source?.interfaceName
  if (first !== undefined && first === last)
    return [at(first, { inInterface: inner }, destination?.interfaceName)]
  return [
    ...(first !== undefined
      ? [at(first, { inInterface: inner }, uplinkOf(first))]
      : alone(state, source, 'Egress', flow)),
    ...(last !== undefined
      ? [at(last, { inInterface: uplinkOf(last) }, destination?.interfaceName)]
      : alone(state, destination, 'Ingress', flow)),
  ]
}

function alone(state: PolicyState, endpoint: Endpoint | undefined, direction: Direction, flow: Flow): Step[] {
  if (endpoint === undefined) return []
  return [
    () => {
      const { verdict, trace } = judgeWorkload(state, endpoint, direction, flow)
      return [{ stage: 'Workload', direction, endpoint: endpoint.key, action: verdict, trace }]
    },
  ]
}

/** A node as connections to other machines pass it. */
export interface RouteNode extends PathNode {
  /** The name of the interface to other machines. */
  readonly uplink: string
}

/** `asked`: by which of its host endpoints, where it is one of this node. */
export function routeNode(
  state: PolicyState,
  hostEndpoints: Iterable<HostEndpoint>,
  node: string,
  asked: HostEndpoint | undefined,
): RouteNode {
  const own = [...hostEndpoints].filter((it) => it.node === node)
  const uplink = uplinkOf(own, asked?.node === node ? asked : undefined)
  const { interfacePrefixes } = state.settingsOf(node)
  const governing = resolveHostEndpoints(own, node, [uplink], interfacePrefixes)
  return { name: node, governing, uplink: uplink.name }
}

/** The interface to other machines: that of the host endpoint, by default of the node's first by name that is not for all. */
function uplinkOf(own: readonly HostEndpoint[], asked: HostEndpoint | undefined): NodeInterface {
  const [first] = own
    .filter(({ interfaceName }) => interfaceName !== everyInterface)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const { interfaceName = unnamed, expectedAddresses = [] } = asked ?? first ?? {}
  return { name: interfaceName === everyInterface ? unnamed : interfaceName, addresses: expectedAddresses }
}

/** For an interface whose name nobody knows; as Linux calls the first one. */
const unnamed = 'eth0'
