/** Of whom an assertion speaks, and what is found of them. */
import { cidrContains, parseCidr } from '@margay/netset'
import { matchesSelector, type NetworkAssertion, parseSelector } from '@margay/resources'
import type { Route } from '../evaluate/evaluate-route.ts'
import { matchesPeer } from '../evaluate/match-rule.ts'
import { lowerHttp } from '../lower/lower-http.ts'
import { peerSelectors } from '../lower/lower-selector.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import { anyPeer, type HttpMatch, type PeerMatch } from '../model/rule.ts'
import { AddressSets } from '../state/address-set.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { everyRequest } from './asserted-requests.ts'
import type { HostPeer } from './host-ends.ts'

export interface Sides {
  readonly assertion: NetworkAssertion
  readonly from: PeerMatch
  readonly to: PeerMatch
  /** Undefined: it is about connections. */
  readonly http: HttpMatch | undefined
}

export interface Found {
  /** There are no two between whom it says anything. */
  readonly isVacuous: boolean
  /**
   * A packet that can open a connection and must not, or that must and can't; with a request, where the assertion is about those. Undefined
   * where it holds.
   */
  readonly counterExample: Flow | undefined
  /** Of that packet, where an end of it is a host endpoint: the nodes that it passes. */
  readonly route?: Route
}

type AssertedSide = NetworkAssertion['spec']['from']

export function sidesOf(state: PolicyState, assertions: readonly NetworkAssertion[]): Sides[] {
  const sets = new AddressSets({
    endpoints: [...state.endpoints.values()],
    hostEndpoints: [...state.hostEndpoints.values()],
    networkSets: state.networkSets,
  })
  const lower = ({ nets, hostEndpoints: _, ...selectors }: AssertedSide): PeerMatch => {
    const { positive } = peerSelectors(selectors, '')
    return {
      ...anyPeer,
      inSet: positive === undefined ? undefined : sets.resolve(positive),
      nets: nets?.map(parseCidr).filter((it) => it !== undefined),
    }
  }
  return assertions.map((assertion) => ({
    assertion,
    from: lower(assertion.spec.from),
    to: lower(assertion.spec.to),
    http: httpOf(assertion.spec),
  }))
}

function httpOf({ http }: NetworkAssertion['spec']): HttpMatch | undefined {
  return http === undefined ? undefined : (lowerHttp(http) ?? everyRequest)
}

/** Is a side of it host endpoints? */
export function isOfHosts({ spec: { from, to } }: NetworkAssertion): boolean {
  return meansHosts(from) || meansHosts(to)
}

export function meansHosts({ hostEndpoints = false }: AssertedSide): boolean {
  return hostEndpoints
}

/** Does a side that means host endpoints mean this one: by its own labels, and where it is? */
export function meansHost({ selector = '', nets }: AssertedSide, { host, address }: HostPeer): boolean {
  const isSelected =
    selector.trim() === '' || matchesSelector(parseSelector(selector), (name) => host.labels.get(name))
  if (nets === undefined || !isSelected) return isSelected
  return nets.some((net) => {
    const cidr = parseCidr(net)
    return cidr !== undefined && address !== undefined && cidrContains(cidr, address)
  })
}

/** Most assertions speak of few, and only those cost anything. */
export function speaksOf(side: PeerMatch, endpoint: Endpoint): boolean {
  const { addresses } = endpoint
  return addresses.length === 0
    ? matchesPeer(side, { endpoint, address: undefined })
    : addresses.some((address) => matchesPeer(side, { endpoint, address }))
}
