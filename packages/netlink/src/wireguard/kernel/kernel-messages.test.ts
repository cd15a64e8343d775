import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { NetlinkDecodeError } from '../../errors.ts'
import { Span } from '../../message/attributes.ts'
import { MessageWriter } from '../../message/message-writer.ts'
import type { WireguardChange } from '../model.ts'
import { PrivateKey } from '../private-key.ts'
import { decodeDevice } from './decode-device.ts'
import { writeSetDevice } from './encode-set-device.ts'
import { smallDevice } from './recorded-messages.testkit.ts'
import { splitChange } from './split-change.ts'

function keyOf(seed: string): PrivateKey {
  return PrivateKey.ofBytes(createHash('sha256').update(seed).digest())
}

function encode(change: WireguardChange): string[] {
  return splitChange(change, 60_000).map((part) => {
    const writer = new MessageWriter()
    writeSetDevice(writer, 'wg0', part)
    return Buffer.from(writer.bytes).toString('hex')
  })
}

test('a device that a kernel told of', () => {
  const idle = { lastHandshake: undefined, receivedBytes: 0, sentBytes: 0 }
  expect(decodeDevice([Span.of(Buffer.from(smallDevice, 'hex'))])).toEqual({
    publicKey: keyOf('own').publicKey,
    listenPort: 51820,
    fwmark: 0x200000,
    peers: [
      {
        ...idle,
        publicKey: keyOf('first').publicKey,
        endpoint: { address: '192.0.2.1', port: 51821 },
        keepaliveSeconds: 25,
        allowedIps: ['10.1.0.0/16', 'fd00:1::/64'],
      },
      {
        ...idle,
        publicKey: keyOf('second').publicKey,
        endpoint: { address: 'fd01::1', port: 51822 },
        keepaliveSeconds: 0,
        allowedIps: [],
      },
    ],
  })
})

test('a device without key and peers', () => {
  const writer = new MessageWriter()
  writer.u16(6, 0)
  writer.u32(7, 0)
  const device = { publicKey: undefined, listenPort: 0, fwmark: 0, peers: [] }
  expect(decodeDevice([Span.of(writer.bytes)])).toEqual(device)
})

test('a change is these bytes', () => {
  const change: WireguardChange = {
    privateKey: PrivateKey.ofBytes(new Uint8Array(32).fill(0x48)),
    listenPort: 0x1234,
    fwmark: 0x200000,
    peers: [
      {
        publicKey: Buffer.alloc(32, 1).toString('base64'),
        endpoint: { address: '192.0.2.1', port: 0x1235 },
        keepaliveSeconds: 25,
        replaceAllowedIps: true,
        updateOnly: true,
        allowedIps: ['10.1.2.3/16', 'fd00:1::/64'],
      },
      { publicKey: Buffer.alloc(32, 2).toString('base64'), endpoint: { address: 'fd01::1', port: 7 } },
      { publicKey: Buffer.alloc(32, 3).toString('base64'), remove: true },
    ],
  }
  const name = '0800020077673000'
  const device = `24000300${'48'.repeat(32)}06000600341200000800070000002000`
  const key = (byte: string) => `24000100${byte.repeat(32)}`
  const ipv4 = '1c000080' + '0600010002000000' + '080002000a010000' + '0500030010000000'
  const ipv6 =
    '28000080' + '060001000a000000' + '14000200fd000001000000000000000000000000' + '0500030040000000'
  const peers = [
    '94000080',
    ...[key('01'), '0800030006000000', `1400040002001235c0000201${'00'.repeat(8)}`, '0600050019000000'],
    ...['48000980', ipv4, ipv6],
    ...[
      '48000080',
      key('02'),
      '200004000a000007' + '00000000' + 'fd010000000000000000000000000001' + '00000000',
    ],
    ...['30000080', key('03'), '0800030001000000'],
  ]
  expect(encode(change)).toEqual([[name, device, '10010880', ...peers].join('')])
})

test.each<[string, (writer: MessageWriter) => void, string]>([
  ['a short key', (it) => it.attribute(4, new Uint8Array(31)), 'a key of 31 bytes'],
  [
    'a peer without key',
    (it) => it.nested(8, () => it.nested(0, () => it.u16(5, 1))),
    'attribute 1 is missing',
  ],
  [
    'an endpoint of another family',
    (it) => inPeer(it, () => it.attribute(4, Uint8Array.of(1, 0, 0, 0))),
    'an endpoint of family 1',
  ],
  [
    'a short endpoint',
    (it) => inPeer(it, () => it.attribute(4, Uint8Array.of(2, 0, 0, 7, 1))),
    'bytes are needed',
  ],
  [
    'a prefix longer than its address',
    (it) =>
      inPeer(it, () =>
        it.nested(9, () =>
          it.nested(0, () => {
            it.attribute(2, new Uint8Array(4))
            it.u8(3, 33)
          }),
        ),
      ),
    'a prefix of 33 bits',
  ],
  [
    'a time that no Date could have',
    (it) => inPeer(it, () => it.attribute(6, new Uint8Array(16).fill(0x7f))),
    'a time in 9187201950435737471 s',
  ],
])('%s is refused', (_, write, problem) => {
  const writer = new MessageWriter()
  write(writer)
  expect(() => decodeDevice([Span.of(writer.bytes)])).toThrow(NetlinkDecodeError)
  expect(() => decodeDevice([Span.of(writer.bytes)])).toThrow(problem)
})

function inPeer(writer: MessageWriter, write: () => void): void {
  writer.nested(8, () =>
    writer.nested(0, () => {
      writer.attribute(1, new Uint8Array(32).fill(1))
      write()
    }),
  )
}

test.each<[WireguardChange, string]>([
  [{ listenPort: -1 }, 'the listening port is -1: allowed are 0 to 65535'],
  [{ peers: [{ publicKey: 'none' }] }, 'the public key of a peer is no key of WireGuard'],
  [{ peers: [{ publicKey: keyOf('first').publicKey, allowedIps: ['10.0.0.0/33'] }] }, 'is not a CIDR'],
])('what no device could take is refused: %j', (change, problem) => {
  expect(() => encode(change)).toThrow(RangeError)
  expect(() => encode(change)).toThrow(problem)
})
