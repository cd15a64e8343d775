/** Answers that are almost those of a WireGuard device: they are read, or refused as what they are. */
import { NetlinkDecodeError, WireguardDecodeError } from '@margay/netlink'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Span } from '../../packages/netlink/src/message/attributes.ts'
import { decodeDevice } from '../../packages/netlink/src/wireguard/kernel/decode-device.ts'
import { answersOf } from '../../packages/netlink/src/wireguard/kernel/kernel-side.testkit.ts'
import type { WireguardChange } from '../../packages/netlink/src/wireguard/model.ts'
import { ModelDevice } from '../../packages/netlink/src/wireguard/model-device.testkit.ts'
import { PrivateKey } from '../../packages/netlink/src/wireguard/private-key.ts'
import { decodeGet } from '../../packages/netlink/src/wireguard/userspace/decode-get.ts'
import { answerOf } from '../../packages/netlink/src/wireguard/userspace/process-side.testkit.ts'
import { damaged, damagedText, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const change: WireguardChange = {
  privateKey: PrivateKey.ofBytes(new Uint8Array(32).fill(0x48)),
  listenPort: 51820,
  fwmark: 0x200000,
  peers: [
    {
      publicKey: Buffer.alloc(32, 1).toString('base64'),
      endpoint: { address: '192.0.2.1', port: 51820 },
      allowedIps: ['10.1.0.0/16', 'fd00:1::/64'],
    },
    {
      publicKey: Buffer.alloc(32, 2).toString('base64'),
      endpoint: { address: 'fd01::1', port: 51821 },
      keepaliveSeconds: 25,
      allowedIps: Array.from({ length: 9 }, (_, index) => `10.2.${index}.0/24`),
    },
  ],
}
const model = new ModelDevice()
model.apply(change)
model.setTraffic([{ lastHandshake: new Date(1_700_000_000_123), receivedBytes: 7, sentBytes: 1 << 20 }])
const messages = answersOf(model, 700)

const pieces = [
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(4, 0, 9, 0x80),
  Uint8Array.of(8, 0, 3, 0, 129, 0, 0, 0),
  Uint8Array.of(20, 0, 6, 0, ...new Uint8Array(16).fill(0x7f)),
]

test('the seeds are valid, and tell a peer in two messages', () => {
  expect(messages.length).toBe(2)
  expect(decodeDevice(messages)).toEqual(model.device)
  expect(decodeGet(answerOf(model)).device).toEqual(model.device)
})

test(
  'damaged messages of the kernel are read or refused',
  () => {
    const seeds = messages.map((message) => message.bytes())
    const property = fc.property(damaged(seeds, pieces), damaged(seeds, pieces), (...both) => {
      try {
        decodeDevice(both.map((bytes) => Span.of(bytes)))
      } catch (error) {
        expect(error).toBeInstanceOf(NetlinkDecodeError)
      }
    })
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

test(
  'a damaged answer of a process is read or refused, and no error repeats the private key',
  () => {
    const words = [
      '\n\n',
      'errno=0',
      '=',
      'allowed_ip=',
      'endpoint=[::]:1\n',
      'private_key=\n',
      '-1',
      '99999',
    ]
    const property = fc.property(damagedText([answerOf(model)], words), (text) => {
      try {
        decodeGet(text)
      } catch (error) {
        expect(error).toBeInstanceOf(WireguardDecodeError)
        expect(String(error)).not.toMatch(/(?:48){4}/)
      }
    })
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)
