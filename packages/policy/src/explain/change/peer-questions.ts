/** What the policies of a workload ask about itself and about its peers, as far as some packets are concerned. */
import { type Criterion, criteriaOf } from '../../classify/criteria.ts'
import { matchesRule } from '../../evaluate/match-rule.ts'
import { decides, rulesOf } from '../../evaluate/rule-walk.ts'
import type { Flow } from '../../model/flow.ts'
import type { Policy } from '../../model/policy.ts'
import { anyPeer, type Direction, type PeerMatch, type PortMatch, type Rule } from '../../model/rule.ts'
import type { EffectivePolicy } from '../../state/effective-policy.ts'

/** Each criterion once. */
export interface Asked {
  readonly own: readonly Criterion[]
  readonly peer: readonly Criterion[]
}

export class PeerQuestions {
  readonly #packets: readonly Flow[]
  readonly #known = { Ingress: new WeakMap<Policy, Asked>(), Egress: new WeakMap<Policy, Asked>() }

  constructor(packets: readonly Flow[]) {
    this.#packets = packets.map((flow) => ({ ...flow, source: nobody, destination: nobody }))
  }

  /** Peers that differ in none of `peer` are treated alike, and so are ends with the same policies that differ in none of `own`. */
  of({ tiers, direction }: EffectivePolicy): Asked {
    return joined(tiers.flatMap(({ policies }) => policies).map((it) => this.#ofPolicy(it, direction)))
  }

  #ofPolicy(policy: Policy, direction: Direction): Asked {
    const known = this.#known[direction].get(policy)
    if (known !== undefined) return known
    const rules = rulesOf(policy, direction).filter((it) => decides(it) && this.#mayMatch(it))
    const found = joined(rules.map((it) => askedBy(it, direction)))
    this.#known[direction].set(policy, found)
    return found
  }

  /** Between whomever. */
  #mayMatch(rule: Rule): boolean {
    const bare = { ...rule, source: portsOf(rule.source), destination: portsOf(rule.destination) }
    return this.#packets.some((flow) => matchesRule(bare, flow))
  }
}

const nobody = { endpoint: undefined, address: undefined }

/** Those that are the same for all: names are each workload's own. */
function portsOf({ ports, notPorts }: PeerMatch): PeerMatch {
  const numbers = (match: PortMatch | undefined) => (match?.names.length === 0 ? match : undefined)
  return { ...anyPeer, ports: numbers(ports), notPorts: numbers(notPorts) }
}

function askedBy({ source, destination }: Rule, direction: Direction): Asked {
  const [own, peer] = direction === 'Ingress' ? [destination, source] : [source, destination]
  return { own: criteriaOf(own).all, peer: criteriaOf(peer).all }
}

function joined(all: readonly Asked[]): Asked {
  const distinct = (list: readonly Criterion[]) => [...new Map(list.map((it) => [it.key, it])).values()]
  return { own: distinct(all.flatMap((it) => it.own)), peer: distinct(all.flatMap((it) => it.peer)) }
}
