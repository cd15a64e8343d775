/** What one look at encryption found that the last one did not ▶ what is worth an Event. What is told as clear is remembered. */
import type { EncryptionLook } from './encryption-reporter.ts'

/** What many have in common is told together: `of` are what it happened to, or lines. */
export interface Happening {
  readonly reason:
    | 'WireguardKeyRotated'
    | 'WireguardPeerClear'
    | 'WireguardPeerEncrypted'
    | 'WireguardProblem'
  readonly of: readonly string[]
}

export class EncryptionHappenings {
  /** Told as clear, and not as encrypted since; by IP version and node. */
  readonly #clear = new Set<string>()

  take(look: EncryptionLook): Happening[] {
    const happenings: Happening[] = [
      { reason: 'WireguardKeyRotated', of: newKeys(look) },
      { reason: 'WireguardPeerClear', of: this.#newlyClear(look) },
      { reason: 'WireguardPeerEncrypted', of: this.#encryptedAgain(look) },
      { reason: 'WireguardProblem', of: newProblems(look) },
    ]
    return happenings.filter(({ of }) => of.length > 0)
  }

  /** A node that comes without a key is not told: it most likely makes one just now. */
  #newlyClear({ standings, before }: EncryptionLook): string[] {
    const found = [...standings].filter(([peer, standing]) => {
      const earlier = before.standings.get(peer)
      return standing === 'Clear' && earlier !== undefined && earlier !== 'Clear'
    })
    for (const [peer] of found) this.#clear.add(peer)
    return found.map(([peer]) => peerText(peer))
  }

  #encryptedAgain({ standings }: EncryptionLook): string[] {
    const found = [...this.#clear].filter((peer) => standings.get(peer) === 'Encrypted')
    for (const peer of found) this.#clear.delete(peer)
    for (const peer of this.#clear) if (!standings.has(peer)) this.#clear.delete(peer)
    return found.map(peerText)
  }
}

/** `peer` as `4 node-1`. */
function peerText(peer: string): string {
  return `${peer.slice(2)} (IPv${peer[0]})`
}

function newKeys({ report, before }: EncryptionLook): string[] {
  const earlier = new Map(before.report.tunnels.map(({ version, publicKey }) => [version, publicKey]))
  return report.tunnels
    .filter(({ version, publicKey }) => {
      const old = earlier.get(version)
      return publicKey !== undefined && old !== undefined && old !== publicKey
    })
    .map(({ version }) => `IPv${version}`)
}

function newProblems({ report, before }: EncryptionLook): string[] {
  return [...new Set(report.problems).difference(new Set(before.report.problems))]
}
