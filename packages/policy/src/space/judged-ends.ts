/** What the policy of workloads allows in one direction, with peers of each class: found when it is asked, once for all that are judged alike. */
import { isAllowedByProfiles } from '../evaluate/judge-workload.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { Direction } from '../model/rule.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { Facts } from './facts.ts'
import type { Judge } from './judge.ts'
import type { Judges } from './judges.ts'
import { everyNumber, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** One direction of endpoints that are judged alike. */
export interface JudgedEnd {
  readonly judge: Judge
  readonly policy: EffectivePolicy
  /** What the judge may read of the own side. */
  readonly own: Facts
  /** What is judged: all packets but those that are never let out. */
  readonly packets: Traffic
  /** What becomes of packets that no tier decided. */
  readonly isAllowedAtEnd: boolean
}

/** The same, and what is known of it. */
export interface Verdicts extends JudgedEnd {
  /** By class of the peer. */
  readonly byClass: (Traffic | undefined)[]
  /** By what the judge reads of the peer. */
  readonly byFacts: Map<string, Traffic>
}

export interface JudgedEndsContext {
  readonly state: PolicyState
  readonly traffics: Traffics
  readonly judges: Judges
  /** Of peers, by number. */
  readonly classes: readonly Facts[]
  /** What is looked at. */
  readonly packets: Traffic
}

export class JudgedEnds {
  readonly #context: JudgedEndsContext
  readonly #byKey = new Map<string, Verdicts>()

  constructor(context: JudgedEndsContext) {
    this.#context = context
  }

  /** Each that is judged in its own way once. */
  get all(): readonly Verdicts[] {
    return [...this.#byKey.values()]
  }

  /** Endpoints that the same judge sees alike share them. */
  of(judge: Judge, direction: Direction, endpoint: Endpoint, own: Facts): Verdicts {
    const packets = direction === 'Egress' ? this.#untunnelled(endpoint) : this.#context.packets
    const isAllowedAtEnd = isAllowedByProfiles(endpoint.profiles)
    const key = [
      direction,
      this.#context.judges.numberOf(judge),
      packets.id,
      isAllowedAtEnd,
      own.restrictedTo(judge.ownCriteria),
    ].join('\n')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const { policy } = judge
    const made = { judge, policy, own, packets, isAllowedAtEnd, byClass: [], byFacts: new Map() }
    this.#byKey.set(key, made)
    return made
  }

  /** What is allowed with peers of a class. */
  withClass(verdicts: Verdicts, number: number): Traffic {
    verdicts.byClass[number] ??= this.with(verdicts, this.#context.classes[number] as Facts)
    return verdicts.byClass[number]
  }

  /** What is allowed with peers of which this is known. */
  with(verdicts: Verdicts, peer: Facts): Traffic {
    const key = peer.restrictedTo(verdicts.judge.peerCriteria)
    const found = verdicts.byFacts.get(key) ?? this.decide(verdicts, peer)
    verdicts.byFacts.set(key, found)
    return found
  }

  /** The same, asked anew; of a request, over which connections. */
  decide({ judge, own, packets, isAllowedAtEnd }: JudgedEnd, peer: Facts, request?: HttpRequest): Traffic {
    const { allowed, undecided } = judge.decide(own, peer, packets, { request })
    return isAllowedAtEnd ? this.#context.traffics.unite(allowed, undecided) : allowed
  }

  /** Workloads may not send packets with packets in them, whatever policy says (spec/dataplane.md 2.2.7). */
  #untunnelled({ node }: Endpoint): Traffic {
    const { state, traffics, packets: all } = this.#context
    const { vxlanPort, allowIpipFromWorkloads, allowVxlanFromWorkloads } = state.settingsOf(node ?? '')
    const vxlan = rectangle(everyNumber, [{ min: vxlanPort, max: vxlanPort }])
    let packets = all
    if (!allowIpipFromWorkloads) packets = traffics.subtract(packets, traffics.ofProtocol(protocols.ipip))
    if (!allowVxlanFromWorkloads)
      packets = traffics.subtract(packets, traffics.ofProtocol(protocols.udp, vxlan))
    return packets
  }
}
