/** What tests of what passes host endpoints have in common. */
import type { ResourceObject } from '@margay/resources'
import type { Route, RouteHost } from '../evaluate/evaluate-route.ts'
import type { Flow, FlowPeer } from '../model/flow.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { RouteEnd } from './host-ends.ts'
import { areTogether } from './host-routes.ts'

/** Each two of which one is a host endpoint, and that are not one machine. */
export function pairsOf(ends: readonly RouteEnd[]): (readonly [from: RouteEnd, to: RouteEnd])[] {
  return ends.flatMap((from) =>
    ends
      .filter((to) => {
        const hosts = [from, to].filter(({ peer }) => peer.kind === 'Host')
        return hosts.length === 1 || (hosts.length === 2 && !areTogether(from, to))
      })
      .map((to) => [from, to] as const),
  )
}

/** The flow between two, as the evaluator is asked about it. `isLast`: of what is outside by the last address, not the first. */
export function routeOf(
  state: PolicyState,
  flow: Flow,
  [from, to]: readonly [RouteEnd, RouteEnd],
  isLast: boolean,
): Route {
  const [source, destination] = [from, to].map((end) => peerAt(state, end, flow, isLast)) as [
    FlowPeer,
    FlowPeer,
  ]
  return { flow: { ...flow, source, destination }, from: hostAt(state, from), to: hostAt(state, to) }
}

export function nameOf({ peer }: RouteEnd): string {
  if (peer.kind === 'Host') return `host/${peer.host.key}`
  return peer.kind === 'Workload' ? peer.endpoint.key : 'outside'
}

/** Policies under the names that they have as staged ones. */
export function asStaged(object: ResourceObject): ResourceObject {
  const { kind, apiVersion } = object
  const isPolicy = /^(Global)?NetworkPolicy$/.test(kind) && apiVersion === 'projectcalico.org/v3'
  return isPolicy ? { ...object, kind: `Staged${kind}` } : object
}

function peerAt(
  state: PolicyState,
  { peer }: RouteEnd,
  { ipVersion: version }: Flow,
  isLast: boolean,
): FlowPeer {
  switch (peer.kind) {
    case 'Host':
      return { endpoint: undefined, address: peer.address }
    case 'Workload':
      return { endpoint: state.endpoints.get(peer.endpoint.key), address: peer.address }
    case 'Outside': {
      const span = peer.spans.at(isLast ? -1 : 0)
      return { endpoint: undefined, address: span && { version, value: isLast ? span.last : span.first } }
    }
  }
}

function hostAt(state: PolicyState, { peer }: RouteEnd): RouteHost | undefined {
  if (peer.kind !== 'Host') return undefined
  return { node: peer.host.node, endpoint: state.hostEndpoints.get(peer.host.key) }
}
