/** Which ends of connections are alike: the same policies govern them in one direction, and can't tell them apart. */
import type { Criterion } from '../../classify/criteria.ts'
import { isAllowedByProfiles, isForbiddenTunnel } from '../../evaluate/judge-workload.ts'
import type { NodeSettings } from '../../model/node-settings.ts'
import { formatPolicyRef } from '../../model/policy.ts'
import type { EffectivePolicy, EffectiveTier } from '../../state/effective-policy.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { Crowd } from './crowd.ts'
import type { End } from './pairs.ts'
import { type Asked, PeerQuestions } from './peer-questions.ts'

export interface Kind {
  /** Equal for ends of one state that are alike, and for what they are again when a change was taken back. */
  readonly number: number
  /** What their policies ask of peers; empty: they treat all alike. */
  readonly asked: readonly Criterion[]
  /** True: what governs it may tell it from all others that it governs, so it is alone of its kind. */
  readonly isAlone: boolean
}

/** Of one crowd, whatever the state. */
export class Likeness {
  readonly #crowd: Crowd
  readonly #questions: PeerQuestions
  readonly #texts = new Map<string, number>()
  readonly #objects = new WeakMap<object, number>()
  #count = 0
  readonly #asked = new Map<string, Asked>()
  readonly #contents = new WeakMap<EffectiveTier, number>()

  constructor(crowd: Crowd) {
    this.#crowd = crowd
    this.#questions = new PeerQuestions(crowd.packets)
  }

  of(state: PolicyState, { end, direction }: End): Kind {
    const { endpoint } = this.#crowd.peerIn(state, end)
    if (endpoint === undefined)
      return { number: this.#numberOfText(`nobody ${end}`), asked: [], isAlone: true }
    const policy = state.effectivePolicy(endpoint, direction)
    const { own, peer } = this.#askedBy(policy)
    const parts = [
      direction,
      own.length === 0 ? '' : end,
      isAllowedByProfiles(endpoint.profiles),
      direction === 'Egress' && this.#tunnelsOf(state.settingsOf(endpoint.node ?? '')),
      ...policy.tiers.map((tier) => this.#contentOf(tier)),
    ]
    return { number: this.#numberOfText(parts.join(' ')), asked: peer, isAlone: own.length > 0 }
  }

  #numberOfText(text: string): number {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, this.#texts.size)
    return this.#texts.size - 1
  }

  /** Which of the packets a node lets no workload send. */
  #tunnelsOf(settings: NodeSettings): string {
    return this.#crowd.packets.map((packet) => (isForbiddenTunnel(packet, settings) ? '1' : '0')).join('')
  }

  #askedBy(policy: EffectivePolicy): Asked {
    const key = [policy.direction, ...policy.tiers.map((tier) => this.#numberOf(tier))].join(' ')
    const known = this.#asked.get(key)
    if (known !== undefined) return known
    const found = this.#questions.of(policy)
    this.#asked.set(key, found)
    return found
  }

  /** Policies go and come again as other objects, which say the same. */
  #contentOf(tier: EffectiveTier): number {
    const known = this.#contents.get(tier)
    if (known !== undefined) return known
    const refs = tier.policies.map(({ ref }) => formatPolicyRef(ref))
    const number = this.#numberOfText([tier.name, tier.defaultAction, ...refs].join('\n'))
    this.#contents.set(tier, number)
    return number
  }

  #numberOf(it: object): number {
    const known = this.#objects.get(it)
    if (known !== undefined) return known
    this.#objects.set(it, this.#count)
    this.#count += 1
    return this.#count - 1
  }
}
