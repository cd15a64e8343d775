/** What is said alike of a peer in many rules is lowered once, and is one object. */
import type { EntityRule } from '@margay/resources'
import { anyPeer, type PeerMatch } from '../model/rule.ts'

export class LoweredPeers {
  readonly #known = new Map<string, PeerMatch>()

  /** `namespace` is that of the policy, and changes what it says. Throws what `lower` throws. */
  of(peer: EntityRule | undefined, namespace: string, lower: (peer: EntityRule) => PeerMatch): PeerMatch {
    if (peer === undefined) return anyPeer
    const key = `${namespace} ${JSON.stringify(peer)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = lower(peer)
    this.#known.set(key, made)
    return made
  }
}
