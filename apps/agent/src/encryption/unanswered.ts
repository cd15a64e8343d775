/**
 * To whom packets are sent that does not answer. A device tells of a peer its latest handshake and how much was sent in all: a handshake
 * that is too old is that of an idle peer as long as nothing more is sent, since a session that old is not used again. Pure.
 *
 * Source  WireGuard, REJECT_AFTER_TIME; what asks for a handshake counts as sent.
 */
import type { WireguardPeer } from '@margay/netlink'
import { sessionSeconds } from '@margay/resources'
import type { TunnelState } from './tunnel-keeper.ts'

/** Of a peer whose latest handshake is too old. */
interface Silence {
  readonly handshakeMs: number
  /** In all, when that was seen first. */
  readonly sentBytes: number
  readonly isUnanswered: boolean
}

/** By IP version and public key. */
export type Silences = ReadonlyMap<string, Silence>

/** `earlier` is what came out the last time. */
export function silencesOf(tunnels: readonly TunnelState[], earlier: Silences, now: Date): Silences {
  return new Map(
    tunnels.flatMap(({ version, device }) =>
      (device?.peers ?? []).flatMap((peer) => {
        const key = silenceKey(version, peer.publicKey)
        const silence = silenceOf(peer, earlier.get(key), now)
        return silence === undefined ? [] : [[key, silence] as const]
      }),
    ),
  )
}

function silenceOf(
  { lastHandshake, sentBytes }: WireguardPeer,
  earlier: Silence | undefined,
  now: Date,
): Silence | undefined {
  const handshakeMs = lastHandshake?.getTime()
  if (handshakeMs === undefined || now.getTime() - handshakeMs <= sessionSeconds * 1000) return undefined
  if (earlier?.handshakeMs !== handshakeMs) return { handshakeMs, sentBytes, isUnanswered: false }
  return { ...earlier, isUnanswered: earlier.isUnanswered || sentBytes > earlier.sentBytes }
}

export function isUnanswered(silences: Silences, version: 4 | 6, publicKey: string): boolean {
  return silences.get(silenceKey(version, publicKey))?.isUnanswered === true
}

function silenceKey(version: 4 | 6, publicKey: string): string {
  return `${version} ${publicKey}`
}
