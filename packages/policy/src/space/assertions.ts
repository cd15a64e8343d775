/**
 * Does what somebody asserts hold for all packets? Not for samples: the sets of packets are exact, and where an assertion does not hold,
 * one packet shows it, of which the evaluator says the same.
 */
import { type IpVersion, type PortRange, parseCidr } from '@margay/netset'
import type { NetworkAssertion } from '@margay/resources'
import { matchesPeer } from '../evaluate/match-rule.ts'
import { lowerHttp } from '../lower/lower-rule.ts'
import { peerSelectors } from '../lower/lower-selector.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import { protocolNumber, protocols } from '../model/protocol.ts'
import { anyPeer, type HttpMatch, type PeerMatch } from '../model/rule.ts'
import { AddressSets } from '../state/address-set.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { type AssertedRequest, AssertedRequests, everyRequest } from './asserted-requests.ts'
import { Connectivity } from './connectivity.ts'
import type { SpacePeer } from './peer-classes.ts'
import { everyNumber, everyPair, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'
import { versionsIn } from './versions.ts'
import { peerOf, witnessPacket } from './witness.ts'

export interface CheckedAssertion {
  readonly assertion: NetworkAssertion
  readonly holds: boolean
  /** There are no two between whom it says anything. */
  readonly isVacuous: boolean
  /**
   * A packet that can open a connection and must not, or that must and can't; with a request, where the assertion is about those. Undefined
   * where it holds.
   */
  readonly counterExample: Flow | undefined
}

export function checkAssertions(
  state: PolicyState,
  assertions: readonly NetworkAssertion[],
  view: PolicyView = {},
): CheckedAssertion[] {
  if (assertions.length === 0) return []
  const sides = sidesOf(state, assertions)
  const all = sides.flatMap(({ from, to }) => [from, to])
  const options = { ...view, sides: all, only: (it: Endpoint) => all.some((side) => speaksOf(side, it)) }
  const maps = versionsIn([state]).map((version) => new Connectivity(state, version, options))
  const pairs = maps.map((map) => new Pairs(map))
  return sides.map((side) => {
    const found = pairs.map((it) => it.check(side))
    const counterExample = found.find((it) => it.counterExample !== undefined)?.counterExample
    return {
      assertion: side.assertion,
      holds: counterExample === undefined,
      isVacuous: found.every((it) => it.isVacuous),
      counterExample,
    }
  })
}

interface Sides {
  readonly assertion: NetworkAssertion
  readonly from: PeerMatch
  readonly to: PeerMatch
  /** Undefined: it is about connections. */
  readonly http: HttpMatch | undefined
}

function sidesOf(state: PolicyState, assertions: readonly NetworkAssertion[]): Sides[] {
  const sets = new AddressSets({
    endpoints: [...state.endpoints.values()],
    hostEndpoints: [...state.hostEndpoints.values()],
    networkSets: state.networkSets,
  })
  const lower = ({ nets, ...selectors }: NetworkAssertion['spec']['from']): PeerMatch => {
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

/** Most assertions speak of few, and only those cost anything. */
function speaksOf(side: PeerMatch, endpoint: Endpoint): boolean {
  const { addresses } = endpoint
  return addresses.length === 0
    ? matchesPeer(side, { endpoint, address: undefined })
    : addresses.some((address) => matchesPeer(side, { endpoint, address }))
}

interface Found {
  readonly isVacuous: boolean
  readonly counterExample: Flow | undefined
}

/** All that one IP version has of pairs. */
class Pairs {
  readonly #map: Connectivity
  readonly #kinds: readonly number[][]
  readonly #requests: AssertedRequests

  constructor(map: Connectivity) {
    this.#map = map
    this.#requests = new AssertedRequests(map)
    this.#kinds = map.kinds()
  }

  check({ assertion: { spec }, from, to, http }: Sides): Found {
    const { traffics, version } = this.#map
    const asked = askedTraffic(spec, version, traffics)
    let isVacuous = true
    if (asked.isEmpty) return { isVacuous, counterExample: undefined }
    const destinations = this.#fitting(to)
    for (const source of this.#fitting(from)) {
      for (const destination of destinations) {
        const pair = this.#twoOf(source, destination)
        if (pair === undefined) continue
        isVacuous = false
        for (const request of this.#requests.of(http, pair[1])) {
          const wrong = this.#wrong(spec.require, pair, asked, request)
          if (!wrong.isEmpty) return { isVacuous, counterExample: this.#flowOf(pair, wrong, request) }
        }
      }
    }
    return { isVacuous, counterExample: undefined }
  }

  #fitting(side: PeerMatch): (readonly number[])[] {
    return this.#kinds.filter(([first]) => first !== undefined && this.#map.fits(first, side))
  }

  /** Of whom policy is asked: two that differ, not both outside. */
  #twoOf(source: readonly number[], destination: readonly number[]): Pair | undefined {
    for (const from of source) {
      for (const to of destination) {
        const [one, other] = [this.#map.peers[from], this.#map.peers[to]]
        if (one?.kind === 'Outside' && other?.kind === 'Outside') return undefined
        if (one?.kind !== 'Workload' || other?.kind !== 'Workload' || one.endpoint !== other.endpoint)
          return [from, to]
      }
    }
    return undefined
  }

  #wrong(
    require: 'never' | 'always',
    [from, to]: Pair,
    asked: Traffic,
    request: AssertedRequest | undefined,
  ): Traffic {
    const { traffics } = this.#map
    const allowed =
      request === undefined
        ? this.#map.allowedAcross(from, to)
        : this.#requests.allowedAcross(from, to, request)
    if (require === 'never') return traffics.intersect(allowed, asked)
    return traffics.subtract(traffics.intersect(asked, this.#map.packetsFrom(from)), allowed)
  }

  #flowOf([from, to]: Pair, wrong: Traffic, request: AssertedRequest | undefined): Flow | undefined {
    const { version } = this.#map
    const packet = witnessPacket(wrong, version)
    const [source, destination] = [from, to].map((it) => peerOf(this.#map.peers[it] as SpacePeer, version))
    if (packet === undefined || source === undefined || destination === undefined) return undefined
    return { source, destination, ipVersion: version, ...packet, ...(request && { http: request.example }) }
  }
}

type Pair = readonly [from: number, to: number]

/** ICMP is of one IP version each, as in rules that name it (spec I17). HTTP runs over TCP. */
function askedTraffic(
  { ports, http }: Pick<NetworkAssertion['spec'], 'ports' | 'http'>,
  version: IpVersion,
  traffics: Traffics,
): Traffic {
  if (ports === undefined) return http === undefined ? traffics.all : traffics.ofProtocol(protocols.tcp)
  const foreign = version === 4 ? protocols.icmpv6 : protocols.icmp
  return ports.reduce((sum, { protocol, port }) => {
    const number = protocolNumber(protocol)
    if (number === undefined || number === foreign) return sum
    const region = port === undefined ? everyPair : rectangle(everyNumber, [rangeOf(port)])
    return traffics.unite(sum, traffics.ofProtocol(number, region))
  }, traffics.none)
}

/** A number, or `min:max`. */
function rangeOf(port: string | number): PortRange {
  const [min = 0, max = min] = String(port).split(':').map(Number)
  return { min, max }
}
