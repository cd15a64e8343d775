/** What a device has to be told, so that its peers become the desired ones. Pure. */
import type { WireguardPeerChange } from '@margay/netlink'
import type { TunnelPeer } from './tunnel-model.ts'

/** What a device is known to have of a peer. */
export interface KnownPeer {
  readonly endpoint: { readonly address: string; readonly port: number } | undefined
  /** Sorted. */
  readonly allowedIps: readonly string[]
  readonly keepaliveSeconds: number
}

export interface PeerChangesOptions {
  readonly keepaliveSeconds: number
  /** False: whoever tells them greets those that come later. */
  readonly greets: boolean
}

/**
 * Those that come are told before those that go: an allowed IP moves to whom it is told last, so a node whose key changed is never
 * without a peer. `known` is by public key.
 */
export function peerChanges(
  known: ReadonlyMap<string, KnownPeer>,
  desired: Iterable<TunnelPeer>,
  options: PeerChangesOptions,
): WireguardPeerChange[] {
  const all = [...desired]
  const wanted = new Set(all.map(({ publicKey }) => publicKey))
  const gone = [...known.keys()].filter((publicKey) => !wanted.has(publicKey))
  return [
    ...all.flatMap((peer) => changesOf(known.get(peer.publicKey), peer, options)),
    ...gone.map((publicKey) => ({ publicKey, remove: true }) as const),
  ]
}

function changesOf(
  before: KnownPeer | undefined,
  peer: TunnelPeer,
  { keepaliveSeconds, greets }: PeerChangesOptions,
): WireguardPeerChange[] {
  const { publicKey, endpoint, allowedIps } = peer
  if (before === undefined) {
    const made = { publicKey, endpoint, allowedIps, replaceAllowedIps: true }
    if (!greets) return [{ ...made, keepaliveSeconds: 0 }]
    return [
      { ...made, keepaliveSeconds: keepaliveSeconds || handshakeNow },
      ...calmed(publicKey, keepaliveSeconds),
    ]
  }
  const change = {
    ...(isSameEndpoint(before.endpoint, endpoint) ? {} : { endpoint }),
    ...(isSameList(before.allowedIps, allowedIps) ? {} : { allowedIps, replaceAllowedIps: true }),
    ...(before.keepaliveSeconds === keepaliveSeconds ? {} : { keepaliveSeconds }),
  }
  return Object.keys(change).length === 0 ? [] : [{ publicKey, updateOnly: true, ...change }]
}

/**
 * A device shakes hands with a peer when there is something to send. Turning its keepalive on sends something, so a new key is in use
 * before the first packet waits for it.
 */
const handshakeNow = 25

function calmed(publicKey: string, keepaliveSeconds: number): WireguardPeerChange[] {
  return keepaliveSeconds === 0 ? [{ publicKey, updateOnly: true, keepaliveSeconds: 0 }] : []
}

/** Makes a device shake hands with peers that it knows: its sessions are lost, or its own key is new. */
export function greetings(publicKeys: Iterable<string>, keepaliveSeconds: number): WireguardPeerChange[] {
  return [...publicKeys].flatMap((publicKey) => [
    ...(keepaliveSeconds === 0 ? [] : [{ publicKey, updateOnly: true, keepaliveSeconds: 0 }]),
    { publicKey, updateOnly: true, keepaliveSeconds: keepaliveSeconds || handshakeNow },
    ...calmed(publicKey, keepaliveSeconds),
  ])
}

function isSameEndpoint(one: KnownPeer['endpoint'], other: TunnelPeer['endpoint']): boolean {
  return one?.address === other.address && one.port === other.port
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((text, index) => text === other[index]))
}
