/** A device as the protocol describes it, slow and obvious, and random changes for it. */
import fc from 'fast-check'
import type { WireguardChange, WireguardDevice, WireguardPeer, WireguardPeerChange } from './model.ts'
import { PrivateKey } from './private-key.ts'

export type Traffic = Pick<WireguardPeer, 'lastHandshake' | 'receivedBytes' | 'sentBytes'>

const noTraffic: Traffic = { lastHandshake: undefined, receivedBytes: 0, sentBytes: 0 }

export class ModelDevice {
  privateKey: PrivateKey | undefined
  #listenPort = 0
  #fwmark = 0
  #peers = new Map<string, WireguardPeer>()

  apply({ privateKey, listenPort, fwmark, peers = [] }: WireguardChange): void {
    this.privateKey = privateKey ?? this.privateKey
    this.#listenPort = listenPort ?? this.#listenPort
    this.#fwmark = fwmark ?? this.#fwmark
    // A device has no peer with its own key, and passes over requests for one.
    if (privateKey !== undefined) this.#peers.delete(privateKey.publicKey)
    for (const peer of peers) if (peer.publicKey !== this.privateKey?.publicKey) this.#applyPeer(peer)
  }

  setTraffic(traffic: readonly Traffic[]): void {
    for (const [index, [key, peer]] of [...this.#peers].entries())
      this.#peers.set(key, { ...peer, ...(traffic[index] ?? noTraffic) })
  }

  get device(): WireguardDevice {
    return {
      publicKey: this.privateKey?.publicKey,
      listenPort: this.#listenPort,
      fwmark: this.#fwmark,
      peers: [...this.#peers.values()].map((peer) => ({ ...peer, allowedIps: peer.allowedIps.toSorted() })),
    }
  }

  #applyPeer(change: WireguardPeerChange): void {
    const { publicKey } = change
    if (change.remove === true) {
      this.#peers.delete(publicKey)
      return
    }
    const known = this.#peers.get(publicKey)
    if (known === undefined && change.updateOnly === true) return
    const before = known ?? {
      publicKey,
      endpoint: undefined,
      allowedIps: [],
      keepaliveSeconds: 0,
      ...noTraffic,
    }
    const { endpoint, keepaliveSeconds, replaceAllowedIps, allowedIps = [] } = change
    for (const [key, peer] of this.#peers) this.#peers.set(key, without(peer, allowedIps))
    const kept = replaceAllowedIps === true ? [] : before.allowedIps
    this.#peers.set(publicKey, {
      ...before,
      endpoint: endpoint ?? before.endpoint,
      keepaliveSeconds: keepaliveSeconds ?? before.keepaliveSeconds,
      allowedIps: [...new Set([...kept, ...allowedIps])],
    })
  }
}

function without(peer: WireguardPeer, cidrs: readonly string[]): WireguardPeer {
  return { ...peer, allowedIps: peer.allowedIps.filter((each) => !cidrs.includes(each)) }
}

/** Few, so that changes meet. The last one is also the device's own. */
const privateKeys = [1, 2, 3, 4, 5, 6].map((seed) => PrivateKey.ofBytes(new Uint8Array(32).fill(seed * 40)))
const publicKey = fc.constantFrom(...privateKeys.map((key) => key.publicKey))
const cidr = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(9)).map(([second, third]) => `10.${second}.${third}.0/24`),
  fc.nat(30).map((group) => `fd00:${(group + 1).toString(16)}::/64`),
  fc.constantFrom(
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8',
    '192.0.2.1/32',
    'fd01::1/128',
    '10.128.0.0/9',
    'fd00::/15',
  ),
)
const endpoint = fc.record(
  {
    address: fc.constantFrom('192.0.2.1', '255.255.255.255', 'fd00::1', '::ffff:192.0.2.1', '2001:db8::'),
    port: fc.integer({ min: 1, max: 0xffff }),
  },
  { noNullPrototype: true },
)

const peerChange: fc.Arbitrary<WireguardPeerChange> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ publicKey, remove: fc.constant(true as const) }, { noNullPrototype: true }),
  },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        publicKey,
        updateOnly: fc.boolean(),
        endpoint,
        keepaliveSeconds: fc.nat(0xffff),
        replaceAllowedIps: fc.boolean(),
        allowedIps: fc.array(cidr, { maxLength: 40 }),
      },
      { requiredKeys: ['publicKey'], noNullPrototype: true },
    ),
  },
)

export const anyChange: fc.Arbitrary<WireguardChange> = fc.record(
  {
    privateKey: fc.constantFrom(...privateKeys.slice(-2)),
    listenPort: fc.nat(0xffff),
    fwmark: fc.nat(0xffffffff),
    peers: fc.array(peerChange, { maxLength: 12 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)

const bytes = fc.oneof(fc.nat(1 << 20), fc.nat({ max: Number.MAX_SAFE_INTEGER }))
export const anyTraffic: fc.Arbitrary<Traffic[]> = fc.array(
  fc.record({
    lastHandshake: fc.option(fc.date({ min: new Date(1), max: new Date(4e12), noInvalidDate: true }), {
      nil: undefined,
    }),
    receivedBytes: bytes,
    sentBytes: bytes,
  }),
  { minLength: 6, maxLength: 6 },
)
