/** Who is an end of what comes to nodes and goes from them, and which of them are alike to every node. */
import type { Ip, IpVersion } from '@margay/netset'
import { type RouteNode, routeNode } from '../evaluate/evaluate-route.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { isWorkloadInterface } from '../state/resolve-host-endpoints.ts'
import type { Connectivity } from './connectivity.ts'
import type { Facts } from './facts.ts'
import type { HostMeanings } from './host-meanings.ts'
import { governorOf, type PathEnd } from './node-paths.ts'
import type { SpacePeer } from './peer-classes.ts'

/** The processes of a node, at an address of one of its host endpoints; undefined where nobody knows one. */
export interface HostPeer {
  readonly kind: 'Host'
  readonly host: HostEndpoint
  readonly address: Ip | undefined
}

export type RoutePeer = SpacePeer | HostPeer

export interface RouteEnd extends PathEnd {
  readonly peer: RoutePeer
  /** As connections to other machines pass it; undefined outside, and where nobody knows the node of a workload. */
  readonly node: RouteNode | undefined
  /** Equal for ends that all nodes treat alike, if they are on another or on the same one. */
  readonly key: string
}

/** Without expected addresses, one is at those of its node; without any, it is in both IP versions. */
export function hostPeers(state: PolicyState, version: IpVersion): HostPeer[] {
  return [...state.hostEndpoints.values()].flatMap((host) => {
    const { expectedAddresses, node } = host
    const known = expectedAddresses.length > 0 ? expectedAddresses : state.addressesOfNode(node)
    const addresses = known.length === 0 ? [undefined] : known.filter((it) => it.version === version)
    return addresses.map((address): HostPeer => ({ kind: 'Host', host, address }))
  })
}

interface EndsContext {
  readonly state: PolicyState
  readonly map: Connectivity
  readonly meanings: HostMeanings
  readonly hosts: readonly HostPeer[]
  /** Of each of the hosts. */
  readonly facts: readonly Facts[]
}

/** All that there are: host endpoints, workloads and what is outside. */
export function routeEnds(context: EndsContext): RouteEnd[] {
  const { map, hosts } = context
  const nodes = new Nodes(context)
  return [
    ...hosts.map((peer, i) => hostEnd(peer, context.facts[i] as Facts, nodes)),
    ...map.peers.map((peer, position) => peerEnd(peer, position, context, nodes)),
  ]
}

function hostEnd(peer: HostPeer, facts: Facts, nodes: Nodes): RouteEnd {
  const { host, address } = peer
  const node = nodes.at(host.node, host)
  const key = `host ${nodes.keyOf(node)} ${facts.key}`
  return { peer, facts, address, position: undefined, node, key }
}

function peerEnd(peer: SpacePeer, position: number, { map, state }: EndsContext, nodes: Nodes): RouteEnd {
  const facts = map.factsOf(position)
  if (peer.kind === 'Outside') {
    const [span] = peer.spans
    const address = span && { version: map.version, value: span.first }
    return { peer, facts, address, position: undefined, node: undefined, key: `outside ${facts.key}` }
  }
  const { endpoint, address } = peer
  const node = endpoint.node === undefined ? undefined : nodes.at(endpoint.node, undefined)
  const place = node === undefined ? '' : `${nodes.keyOf(node)} ${isUsual(node) ? '' : endpoint.key}`
  return { peer, facts, address, position, node, key: `workload ${place} ${map.kindOf(position)}` }

  /** By an interface of its own that is one of a workload. */
  function isUsual({ name }: RouteNode): boolean {
    const { interfaceName } = endpoint
    const { interfacePrefixes } = state.settingsOf(name)
    return (
      isWorkloadInterface(interfaceName, interfacePrefixes) &&
      state.endpointBehind(name, interfaceName) === endpoint
    )
  }
}

/** Each node once, and once by each of its host endpoints. */
class Nodes {
  readonly #context: Pick<EndsContext, 'state' | 'meanings'>
  readonly #hosts: ReadonlyMap<string, readonly HostEndpoint[]>
  readonly #known = new Map<unknown, RouteNode>()
  readonly #keys = new Map<RouteNode, string>()
  readonly #numbers = new Map<string, number>()

  constructor(context: Pick<EndsContext, 'state' | 'meanings'>) {
    this.#context = context
    this.#hosts = Map.groupBy(context.state.hostEndpoints.values(), ({ node }) => node)
  }

  at(name: string, host: HostEndpoint | undefined): RouteNode {
    const known = this.#known.get(host ?? name)
    if (known !== undefined) return known
    const made = routeNode(this.#context.state, this.#hosts.get(name) ?? [], name, host)
    this.#known.set(host ?? name, made)
    return made
  }

  /** Equal for nodes that treat packets alike: to and from other machines, and those of their own workloads. */
  keyOf(node: RouteNode): string {
    const known = this.#keys.get(node)
    if (known !== undefined) return known
    const { state, meanings } = this.#context
    const { interfacePrefixes, tunnels, vxlanPort, defaultEndpointToHostAction } = state.settingsOf(node.name)
    const governors = [governorOf(node, node.uplink), node.governing.wildcard]
    const text = JSON.stringify([
      governors.map((it) => this.#numberOf(meanings.of(it).key)),
      isWorkloadInterface(node.uplink, interfacePrefixes),
      tunnels,
      vxlanPort,
      defaultEndpointToHostAction,
    ])
    const key = String(this.#numberOf(text))
    this.#keys.set(node, key)
    return key
  }

  #numberOf(text: string): number {
    const known = this.#numbers.get(text) ?? this.#numbers.size
    this.#numbers.set(text, known)
    return known
  }
}
