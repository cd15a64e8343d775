/** What a device has after it was told a difference is what it has when told everything. */
import type { WireguardPeerChange } from '@margay/netlink'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { greetings, type KnownPeer, peerChanges } from './peer-changes.ts'
import type { TunnelPeer } from './tunnel-model.ts'

/** As devices behave: spec/dataplane.md 6.5. Tells how often a handshake was begun with each. */
class FakeDevice {
  readonly peers = new Map<string, KnownPeer>()
  readonly handshakes: string[] = []

  tell(changes: readonly WireguardPeerChange[]): void {
    for (const change of changes) this.#tellOne(change)
  }

  #tellOne(change: WireguardPeerChange): void {
    const { publicKey } = change
    if (change.remove === true) return void this.peers.delete(publicKey)
    const before = this.peers.get(publicKey)
    if (before === undefined && change.updateOnly === true) return
    const { endpoint = before?.endpoint, keepaliveSeconds = before?.keepaliveSeconds ?? 0 } = change
    if (keepaliveSeconds > 0 && (before?.keepaliveSeconds ?? 0) === 0) this.handshakes.push(publicKey)
    const kept = change.replaceAllowedIps === true ? [] : (before?.allowedIps ?? [])
    const allowed = change.allowedIps ?? []
    for (const [key, peer] of this.peers)
      this.peers.set(key, { ...peer, allowedIps: peer.allowedIps.filter((ip) => !allowed.includes(ip)) })
    this.peers.set(publicKey, {
      endpoint,
      keepaliveSeconds,
      allowedIps: [...new Set([...kept, ...allowed])].sort(),
    })
  }
}

const addresses = ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.7/32', '10.0.3.0/26', 'fd00::/64']

/** No two peers have the same address: `settleClaims` sees to that. */
const peers = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
    fc.array(fc.nat(3), { minLength: addresses.length, maxLength: addresses.length }),
    fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
  )
  .map(([keys, owners, ports]) =>
    keys.map((publicKey, n): TunnelPeer => {
      const allowedIps = addresses.filter((_, index) => owners[index] === n).sort()
      return {
        node: publicKey,
        publicKey,
        endpoint: { address: '192.0.2.1', port: 51820 + (ports[n] ?? 0) },
        allowedIps,
      }
    }),
  )

const keepalive = fc.constantFrom(0, 0, 15)

test('a difference leads where everything leads', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(peers, keepalive), { minLength: 1, maxLength: 4 }), (steps) => {
      const device = new FakeDevice()
      for (const [wanted, seconds] of steps) {
        const before = new Set(device.peers.keys())
        device.handshakes.length = 0
        device.tell(peerChanges(device.peers, wanted, { keepaliveSeconds: seconds, greets: true }))
        expect(new Map(device.peers)).toEqual(
          new Map(
            wanted.map(({ publicKey, endpoint, allowedIps }) => [
              publicKey,
              { endpoint, allowedIps, keepaliveSeconds: seconds },
            ]),
          ),
        )
        // Whoever is new is greeted at once, and told again there is nothing to tell.
        for (const { publicKey } of wanted)
          if (!before.has(publicKey)) expect(device.handshakes).toContain(publicKey)
        expect(peerChanges(device.peers, wanted, { keepaliveSeconds: seconds, greets: true })).toEqual([])
      }
    }),
  )
})

test('an address is never without a peer while a key changes', () => {
  const peer = (publicKey: string): TunnelPeer => ({
    node: 'n',
    publicKey,
    endpoint: { address: '192.0.2.1', port: 51820 },
    allowedIps: ['10.0.0.0/24'],
  })
  const device = new FakeDevice()
  device.tell(peerChanges(device.peers, [peer('old')], { keepaliveSeconds: 0, greets: true }))
  for (const change of peerChanges(device.peers, [peer('new')], { keepaliveSeconds: 0, greets: true })) {
    device.tell([change])
    expect([...device.peers.values()].flatMap(({ allowedIps }) => allowedIps)).toEqual(['10.0.0.0/24'])
  }
})

test.each([0, 15])(
  'peers that are known are greeted without a change, with a keepalive of %d s',
  (seconds) => {
    const device = new FakeDevice()
    const peer = {
      node: 'n',
      publicKey: 'k',
      endpoint: { address: '192.0.2.1', port: 1 },
      allowedIps: ['10.0.0.0/24'],
    }
    device.tell(peerChanges(device.peers, [peer], { keepaliveSeconds: seconds, greets: true }))
    const before = new Map(device.peers)
    device.handshakes.length = 0
    device.tell(greetings(['k', 'unknown'], seconds))
    expect(device.handshakes).toEqual(['k'])
    expect(device.peers).toEqual(before)
  },
)
