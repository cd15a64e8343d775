/** A WireGuard device in memory. Source: spec/dataplane.md 6.5. */
import type { WireguardChange, WireguardControl, WireguardDevice, WireguardPeer } from '@margay/netlink'

type PeerChange = NonNullable<WireguardChange['peers']>[number]

const noTraffic = { lastHandshake: undefined, receivedBytes: 0, sentBytes: 0 }

/** `tell` is told each change before it is made, and may refuse it by throwing. */
export class FakeWireguard implements WireguardControl {
  readonly #tell: (what: string) => void
  #device: WireguardDevice = { publicKey: undefined, listenPort: 0, fwmark: 0, peers: [] }
  /** Public keys of peers with which a handshake was begun, since keepalives were turned on. */
  readonly handshakes: string[] = []
  isGone = false

  constructor(tell: (what: string) => void) {
    this.#tell = tell
  }

  async read(): Promise<WireguardDevice> {
    if (this.isGone) throw new Error('the device is gone')
    return this.#device
  }

  async change({ privateKey, listenPort, fwmark, peers = [] }: WireguardChange): Promise<void> {
    if (this.isGone) throw new Error('the device is gone')
    if (privateKey !== undefined) this.#set('tell its key', { publicKey: privateKey.publicKey })
    if (listenPort !== undefined) this.#set(`tell port ${listenPort}`, { listenPort })
    if (fwmark !== undefined) this.#set(`tell mark ${fwmark}`, { fwmark })
    for (const peer of peers) this.#changePeer(peer)
  }

  close(): void {}

  #set(what: string, change: Partial<WireguardDevice>): void {
    this.#tell(what)
    this.#device = { ...this.#device, ...change }
  }

  #changePeer(change: PeerChange): void {
    const { publicKey } = change
    const before = this.#device.peers.find((peer) => peer.publicKey === publicKey)
    const others = this.#device.peers.filter((peer) => peer !== before)
    if (change.remove === true) {
      this.#set(`remove peer ${publicKey}`, { peers: others })
      return
    }
    if (before === undefined && change.updateOnly === true) return
    const { endpoint = before?.endpoint, keepaliveSeconds = before?.keepaliveSeconds ?? 0 } = change
    if (keepaliveSeconds > 0 && (before?.keepaliveSeconds ?? 0) === 0) this.handshakes.push(publicKey)
    const { allowedIps = [], replaceAllowedIps = false } = change
    const kept = replaceAllowedIps ? [] : (before?.allowedIps ?? [])
    const peer: WireguardPeer = {
      ...noTraffic,
      ...before,
      publicKey,
      endpoint,
      keepaliveSeconds,
      allowedIps: [...new Set([...kept, ...allowedIps])].sort(),
    }
    const without = others.map((it) => ({
      ...it,
      allowedIps: it.allowedIps.filter((cidr) => !allowedIps.includes(cidr)),
    }))
    this.#set(`${before === undefined ? 'add' : 'change'} peer ${publicKey}`, { peers: [...without, peer] })
  }
}
