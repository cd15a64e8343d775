/** What is said alike of a peer in many rules is lowered once, and is one object. */
import type { EntityRule } from '@margay/resources'
import { anyPeer, type PeerMatch } from '../model/rule.ts'

export class LoweredPeers {
  readonly #byText = new Map<string, PeerMatch>()
  /** Of peers of global policies that say nothing else, as most of them: to write down what a peer says takes longer than to find it. */
  readonly #bySelector = { named: new Map<string, PeerMatch>(), unnamed: new Map<string, PeerMatch>() }

  /** Throws what `lower` throws. */
  of(peer: EntityRule | undefined, place: PeerPlace, lower: (peer: EntityRule) => PeerMatch): PeerMatch {
    if (peer === undefined) return anyPeer
    const { namespace, isNamed } = place
    const selector = namespace === '' ? onlySelectorOf(peer) : undefined
    const among = selector === undefined ? this.#byText : this.#bySelector[isNamed ? 'named' : 'unnamed']
    const key = selector ?? `${namespace} ${isNamed} ${JSON.stringify(peer)}`
    const known = among.get(key)
    if (known !== undefined) return known
    const made = lower(peer)
    among.set(key, made)
    return made
  }
}

/** What changes what a peer says. */
export interface PeerPlace {
  /** Of the policy. */
  readonly namespace: string
  /** Destinations of egress rules that allow: what is outside of the cluster may be known by name. */
  readonly isNamed: boolean
}

/** Undefined for a peer that says anything else. */
function onlySelectorOf(peer: EntityRule): string | undefined {
  for (const name in peer) if (name !== 'selector') return undefined
  return peer.selector
}
