/** Whom a text means: one place, or each of those that policy may treat differently. */
import { formatCidr, type Ip, parseCidr, parseIp } from '@margay/netset'
import {
  type DistinctRange,
  distinctRanges,
  everyInterface,
  type FlowPeer,
  type HostEndpoint,
  type PolicyState,
  type RouteHost,
} from '@margay/policy'
import { nodeAddresses, type Resource } from '@margay/resources'
import { backendsOf, type ServicePort } from './backends.ts'

/** One end of a connection. */
export interface Place {
  /** For people: `shop/db`, `10.0.0.0/8 except 10.1.0.0/16`, `shop/db:8080` behind a service. */
  readonly text: string
  readonly peer: FlowPeer
  /** That it can have; none: nobody knows them. */
  readonly addresses: readonly Ip[]
  /** The node, where the end is a process of it. */
  readonly host: RouteHost | undefined
  /** Instead of the port that was asked about. */
  readonly port: number | undefined
}

export interface Surroundings {
  readonly resources: readonly Resource[]
  readonly state: PolicyState
}

/** What a text means as a destination or, without a port, as a source. Undefined: nothing; empty: a service with nobody behind it. */
export function placesOf(
  text: string,
  asked: ServicePort,
  { state, resources }: Surroundings,
): Place[] | undefined {
  const peer = state.peer(text)
  if (peer !== undefined) return [placeOf(text, peer)]
  const net = parseCidr(text)
  if (net !== undefined) return distinctRanges(state, net).map((it) => rangePlace(it, state))
  const [, prefix = '', name = ''] = /^([a-z]+)\/(.+)$/.exec(text) ?? []
  switch (prefix) {
    case 'host':
    case 'hep':
      return hostPlace(text, name, state, resources)
    case 'netset':
    case 'networkset':
      return setPlaces(name, state, (key) => key.includes('/'))
    case 'gns':
    case 'globalnetworkset':
      return setPlaces(name, state, (key) => !key.includes('/'))
    case 'svc':
    case 'service':
      return backendsOf(name, asked, resources, state)?.flatMap((it) => backendPlace(it, state))
    default:
      return undefined
  }
}

/** Of a peer given by address that one counts, also if the pod that has it has others. */
function placeOf(text: string, peer: FlowPeer): Place {
  const given = parseIp(text)
  const addresses = given === undefined ? (peer.endpoint?.addresses ?? []) : [given]
  return { text, peer, addresses, host: undefined, port: undefined }
}

function backendPlace(
  { text, port }: { text: string; port: number | undefined },
  state: PolicyState,
): Place[] {
  const peer = state.peer(text)
  if (peer === undefined) return []
  const name = peer.endpoint?.key ?? text
  return [{ ...placeOf(text, peer), text: port === undefined ? name : `${name}:${port}`, port }]
}

function rangePlace(range: DistinctRange, state: PolicyState): Place {
  const peer = state.peerAt(range.address)
  return {
    text: formatRange(range, peer),
    peer,
    addresses: [range.address],
    host: undefined,
    port: undefined,
  }
}

/** A pod within the range is called by its name. */
function formatRange({ net, except }: DistinctRange, { endpoint }: FlowPeer): string {
  const name = endpoint === undefined ? formatCidr(net) : `${formatCidr(net)} (${endpoint.key})`
  if (except.length === 0) return name
  const shown = except.slice(0, 3).map(formatCidr).join(', ')
  return `${name} except ${except.length > 3 ? `${shown} and ${except.length - 3} more` : shown}`
}

/** Without its namespace, a set of that name in the only namespace that has one. */
function setPlaces(
  name: string,
  state: PolicyState,
  isOfKind: (key: string) => boolean,
): Place[] | undefined {
  const sets = state.networkSets.filter(({ key }) => isOfKind(key))
  const exact = sets.find(({ key }) => key === name)
  const [only, ...others] = sets.filter(({ key }) => key.endsWith(`/${name}`))
  const set = exact ?? (others.length === 0 ? only : undefined)
  if (set === undefined) return undefined
  const parts = set.nets.flatMap((net) => distinctRanges(state, net)).map((it) => rangePlace(it, state))
  return [...new Map(parts.map((it) => [it.text, it])).values()]
}

/** By the name of a host endpoint, or else of a node. */
function hostPlace(
  text: string,
  name: string,
  state: PolicyState,
  resources: readonly Resource[],
): Place[] | undefined {
  const endpoint = state.hostEndpoints.get(name)
  const nodeName = endpoint?.node ?? name
  const node = resources.find((it) => it.kind === 'Node' && it.metadata.name === nodeName)
  if (endpoint === undefined && node === undefined) return undefined
  const expected = endpoint?.expectedAddresses ?? []
  const known = node?.kind === 'Node' ? nodeAddresses(node) : []
  const host = { node: nodeName, endpoint: endpoint ?? firstOf(nodeName, state) }
  const addresses = expected.length > 0 ? expected : known
  return [{ text, peer: { endpoint: undefined, address: undefined }, addresses, host, port: undefined }]
}

/** The one for all interfaces only where there is no other. */
function firstOf(node: string, state: PolicyState): HostEndpoint | undefined {
  const own = [...state.hostEndpoints.values()].filter((it) => it.node === node)
  const isForAll = ({ interfaceName }: HostEndpoint) => (interfaceName === everyInterface ? 1 : 0)
  return own.sort((a, b) => isForAll(a) - isForAll(b) || (a.key < b.key ? -1 : 1)).at(0)
}
