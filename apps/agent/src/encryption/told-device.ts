/** What a WireGuard device is known to have, and is told so that it has what is desired. Read once; from then on only what is told changes it. */
import type { Clock } from '@margay/client'
import type { WireguardControl, WireguardPeerChange } from '@margay/netlink'
import type { StoredKey } from './key-store.ts'
import { PacedGreetings } from './paced-greetings.ts'
import { type KnownPeer, peerChanges } from './peer-changes.ts'
import type { DesiredTunnel } from './tunnel-model.ts'

interface KnownDevice {
  readonly index: number
  publicKey: string | undefined
  listenPort: number
  fwmark: number
  peers: ReadonlyMap<string, KnownPeer>
}

/** How many keys of peers. */
export interface PeersTold {
  readonly come: number
  readonly gone: number
}

const mostGreetedAtOnce = 50
/** A process shakes hands with each new peer before it answers, which takes it up to a millisecond. */
const changesAtOnce = 500

export class ToldDevice {
  readonly #greetings: PacedGreetings
  #known: KnownDevice | undefined

  constructor(clock: Pick<Clock, 'after'>) {
    this.#greetings = new PacedGreetings(clock)
  }

  /** Undefined as long as it is not known. */
  get publicKey(): string | undefined {
    return this.#known?.publicKey
  }

  /** Others may have changed it, or it may not have taken what it was told. */
  forget(): void {
    this.#known = undefined
  }

  /** Nobody is greeted any more. */
  stop(): void {
    this.#greetings.stop()
  }

  /** What is new of the device itself: it must be right before it shakes hands. `index` is its link's. @throws WireguardError */
  async tellSelf(
    control: WireguardControl,
    index: number,
    { key }: StoredKey,
    { device: wanted, mark }: DesiredTunnel,
  ): Promise<void> {
    const known = await this.#read(control, index)
    const change = {
      ...(known.publicKey === key.publicKey ? {} : { privateKey: key }),
      ...(known.listenPort === wanted.listenPort ? {} : { listenPort: wanted.listenPort }),
      ...(known.fwmark === mark ? {} : { fwmark: mark }),
    }
    if (Object.keys(change).length > 0) await control.change(change)
    this.#known = { ...known, publicKey: key.publicKey, listenPort: wanted.listenPort, fwmark: mark }
  }

  /** Behind `tellSelf`. @throws WireguardError */
  async tellPeers(control: WireguardControl, { peers, keepaliveSeconds }: DesiredTunnel): Promise<PeersTold> {
    const known = this.#known
    if (known === undefined) return { come: 0, gone: 0 }
    const fresh = Array.from(peers.values(), ({ publicKey }) => publicKey).filter(
      (key) => !known.peers.has(key),
    )
    const greets = fresh.length <= mostGreetedAtOnce
    const changes = peerChanges(known.peers, peers.values(), { keepaliveSeconds, greets })
    for (let at = 0; at < changes.length; at += changesAtOnce)
      await control.change({ peers: changes.slice(at, at + changesAtOnce) })
    known.peers = new Map(peers.values().map((peer) => [peer.publicKey, { ...peer, keepaliveSeconds }]))
    if (!greets) this.#greetings.begin(control, fresh, keepaliveSeconds)
    return { come: fresh.length, gone: goneIn(changes) }
  }

  async #read(control: WireguardControl, index: number): Promise<KnownDevice> {
    if (this.#known?.index === index) return this.#known
    const { publicKey, listenPort, fwmark, peers } = await control.read()
    const byKey = new Map(peers.map((peer) => [peer.publicKey, peer as KnownPeer]))
    return { index, publicKey, listenPort, fwmark, peers: byKey }
  }
}

function goneIn(changes: readonly WireguardPeerChange[]): number {
  return changes.filter(({ remove }) => remove === true).length
}
