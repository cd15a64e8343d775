/** Connections that host endpoints let pass: of their nodes, and of the pods on these. */
import { formatIp, type Ip, type IpVersion, parseCidr } from '@margay/netset'
import { distinctRanges } from '../../analyze/distinct-ranges.ts'
import { evaluateRoute, type Route, type RouteHost } from '../../evaluate/evaluate-route.ts'
import type { FlowPeer } from '../../model/flow.ts'
import type { HostEndpoint } from '../../model/host-endpoint.ts'
import { hasPorts } from '../../model/protocol.ts'
import type { HostStage } from '../../state/effective-host-policy.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { routeIn } from './question.ts'

/** Each host endpoint with what governs it: other objects if it is something else. */
export type GoverningHosts = ReadonlyMap<string, readonly unknown[]>

const stages: readonly HostStage[] = ['Untracked', 'PreDNAT', 'Normal', 'Forward']

export function governingHosts(state: PolicyState): GoverningHosts {
  const governing = (host: HostEndpoint) =>
    stages.flatMap((stage) => [
      state.effectiveHostPolicy(host, stage, 'Ingress'),
      state.effectiveHostPolicy(host, stage, 'Egress'),
    ])
  return new Map([...state.hostEndpoints].map(([key, host]) => [key, [host, ...governing(host)]]))
}

/** By key, those that are governed otherwise than before. */
export function changedHosts(state: PolicyState, before: GoverningHosts): string[] {
  const now = [...governingHosts(state)]
  return now.filter(([key, all]) => all.some((it, i) => it !== before.get(key)?.[i])).map(([key]) => key)
}

/** One of each part of what is outside that policy can tell apart. Cost: reads the rules of all policies. */
export function placesOutside(state: PolicyState, version: IpVersion): Ip[] {
  const everywhere = parseCidr(version === 4 ? '0.0.0.0/0' : '::/0')
  return everywhere === undefined ? [] : distinctRanges(state, everywhere).map(({ address }) => address)
}

/** A connection that passes a host endpoint. */
export interface HostConnection {
  readonly route: Route
  /** Equal for all addresses outside: with them together, a node or pod has one connection in each direction. */
  readonly name: string
}

/** Those of some host endpoints, with these places outside, but for the one that is asked about. */
export function* hostConnections(
  state: PolicyState,
  keys: readonly string[],
  places: readonly Ip[],
  asked: Route,
): Iterable<HostConnection> {
  const { ipVersion } = asked.flow
  const outside = outsideEnds(state, places)
  for (const host of keys.map((key) => state.hostEndpoints.get(key))) {
    if (host === undefined) continue
    const far = [...outside, ...workloads(state, ipVersion, (node) => node !== host.node)]
    for (const near of nearEnds(state, host, ipVersion))
      for (const each of far) yield* between(near, each, asked)
  }
}

interface End {
  readonly name: string
  readonly peer: FlowPeer
  readonly host: RouteHost | undefined
}

function nearEnds(state: PolicyState, host: HostEndpoint, ipVersion: IpVersion): End[] {
  const address = host.expectedAddresses.find(({ version }) => version === ipVersion)
  const node = {
    name: host.key,
    peer: { endpoint: undefined, address },
    host: { node: host.node, endpoint: host },
  }
  return [node, ...workloads(state, ipVersion, (node) => node === host.node)]
}

function outsideEnds(state: PolicyState, addresses: readonly Ip[]): End[] {
  const byText = new Map(addresses.map((it) => [formatIp(it), it]))
  return [...byText.values()]
    .map((address) => state.peerAt(address))
    .filter(({ endpoint }) => endpoint === undefined)
    .map((peer) => ({ name: 'outside', peer, host: undefined }))
}

function workloads(
  state: PolicyState,
  version: IpVersion,
  isThere: (node: string | undefined) => boolean,
): End[] {
  return [...state.endpoints.values()].flatMap((endpoint): End[] => {
    const address = endpoint.addresses.find((it) => it.version === version)
    if (!isThere(endpoint.node) || address === undefined) return []
    return [{ name: endpoint.key, peer: { endpoint, address }, host: undefined }]
  })
}

function* between(near: End, far: End, asked: Route): Iterable<HostConnection> {
  const { flow } = asked
  const other = flow.destinationPort === 1 ? 2 : 1
  const ports = hasPorts(flow.protocol) ? [flow.destinationPort, other] : [flow.destinationPort]
  for (const destinationPort of ports) {
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      const route = {
        flow: { ...flow, source: from.peer, destination: to.peer, destinationPort },
        from: from.host,
        to: to.host,
      }
      if (nameOf(route) !== nameOf(asked)) yield { route, name: `${from.name} ${to.name} ${destinationPort}` }
    }
  }
}

function nameOf({ flow, from, to }: Route): string {
  const name = ({ endpoint, address }: FlowPeer, host: RouteHost | undefined) =>
    host?.node ?? endpoint?.key ?? (address && formatIp(address))
  return `${name(flow.source, from)} ${name(flow.destination, to)} ${flow.destinationPort}`
}

export function verdictsOf(state: PolicyState, connections: readonly HostConnection[]): string[] {
  return connections.map(({ route }) => evaluateRoute(state, routeIn(state, route)).verdict)
}
