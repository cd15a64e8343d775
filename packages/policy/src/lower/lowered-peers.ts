/** What is said alike of a peer in many rules is lowered once, and is one object. */
import type { EntityRule } from '@margay/resources'
import { anyPeer, type PeerMatch } from '../model/rule.ts'

export class LoweredPeers {
  readonly #byText = new Map<string, PeerMatch>()
  /** Of peers of global policies that say nothing else, as most of them: to write down what a peer says takes longer than to find it. */
  readonly #bySelector = new Map<string, PeerMatch>()

  /** `namespace` is that of the policy, and changes what it says. Throws what `lower` throws. */
  of(peer: EntityRule | undefined, namespace: string, lower: (peer: EntityRule) => PeerMatch): PeerMatch {
    if (peer === undefined) return anyPeer
    const selector = namespace === '' ? onlySelectorOf(peer) : undefined
    const among = selector === undefined ? this.#byText : this.#bySelector
    const key = selector ?? `${namespace} ${JSON.stringify(peer)}`
    const known = among.get(key)
    if (known !== undefined) return known
    const made = lower(peer)
    among.set(key, made)
    return made
  }
}

/** Undefined for a peer that says anything else. */
function onlySelectorOf(peer: EntityRule): string | undefined {
  for (const name in peer) if (name !== 'selector') return undefined
  return peer.selector
}
