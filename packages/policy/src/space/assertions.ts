/**
 * Does what somebody asserts hold for all packets? Not for samples: the sets of packets are exact, and where an assertion does not hold,
 * one packet shows it, of which the evaluator says the same.
 */
import type { IpVersion } from '@margay/netset'
import type { NetworkAssertion } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import type { PeerMatch } from '../model/rule.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { type AssertedRequest, AssertedRequests } from './asserted-requests.ts'
import { type Found, isOfHosts, type Sides, sidesOf, speaksOf } from './asserted-sides.ts'
import { askedTraffic } from './asserted-traffic.ts'
import { Connectivity, type ConnectivityOptions } from './connectivity.ts'
import { HostPairs } from './host-assertions.ts'
import { HostRoutes } from './host-routes.ts'
import type { SpacePeer } from './peer-classes.ts'
import { TooManyRequestsError } from './too-many-requests.ts'
import type { Traffic } from './traffic.ts'
import { versionsIn } from './versions.ts'
import { peerOf, witnessPacket } from './witness.ts'

export interface CheckedAssertion extends Found {
  readonly assertion: NetworkAssertion
  /** It is proved, or says nothing. */
  readonly holds: boolean
  /** Why it can't be told whether it holds; mostly undefined. */
  readonly unknown: string | undefined
}

/** In their order. */
export function checkAssertions(
  state: PolicyState,
  assertions: readonly NetworkAssertion[],
  view: PolicyView = {},
): CheckedAssertion[] {
  const [ofHosts, others] = [assertions.filter(isOfHosts), assertions.filter((it) => !isOfHosts(it))]
  const checked = [
    ...checkEach(state, others, (...about) => new Pairs(new Connectivity(state, ...inView(about)))),
    ...checkEach(state, ofHosts, (...about) => new HostPairs(new HostRoutes(state, ...inView(about)))),
  ]
  const byAssertion = new Map(checked.map((it) => [it.assertion, it]))
  return assertions.map((it) => byAssertion.get(it) as CheckedAssertion)

  function inView([version, concerned]: About): [IpVersion, ConnectivityOptions] {
    return [version, { ...view, ...concerned }]
  }
}

/** Finds the pairs that break assertions, in one IP version. */
interface Checker {
  readonly check: (sides: Sides) => Found
}

/** An IP version, and whom assertions speak of. */
type About = [IpVersion, Required<Pick<ConnectivityOptions, 'sides' | 'only'>>]

function checkEach(
  state: PolicyState,
  assertions: readonly NetworkAssertion[],
  checkerOf: (...about: About) => Checker,
): CheckedAssertion[] {
  if (assertions.length === 0) return []
  const sides = sidesOf(state, assertions)
  const all = sides.flatMap(({ from, to }) => [from, to])
  const only = (it: Endpoint) => all.some((side) => speaksOf(side, it))
  const checkers = versionsIn([state]).map((version) => checkerOf(version, { sides: all, only }))
  return sides.map((side) => {
    const found = checkers.map((it) => checkWith(it, side))
    const broken = found.find(({ counterExample }) => counterExample !== undefined)
    const unknown = broken === undefined ? found.find((it) => it.unknown !== undefined)?.unknown : undefined
    return {
      assertion: side.assertion,
      holds: broken === undefined && unknown === undefined,
      isVacuous: found.every((it) => it.isVacuous),
      counterExample: broken?.counterExample,
      unknown,
      ...(broken?.route && { route: broken.route }),
    }
  })
}

/** What can't be told of one assertion can be of others. */
function checkWith(checker: Checker, sides: Sides): Found & { readonly unknown?: string } {
  try {
    return checker.check(sides)
  } catch (error) {
    if (!(error instanceof TooManyRequestsError)) throw error
    return { isVacuous: false, counterExample: undefined, unknown: error.message }
  }
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
        const requests = this.#requests.of(http, pair[1])
        isVacuous &&= requests.length === 0
        for (const request of requests) {
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
