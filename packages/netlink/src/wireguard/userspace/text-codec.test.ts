import { describe, expect, test } from 'vitest'
import { WireguardDecodeError } from '../errors.ts'
import type { WireguardChange } from '../model.ts'
import { PrivateKey } from '../private-key.ts'
import { decodeGet, decodeSet } from './decode-get.ts'
import { encodeSet } from './encode-set.ts'

const hex = (byte: number) => byte.toString(16).padStart(2, '0').repeat(32)
const base64 = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const own = PrivateKey.ofBytes(new Uint8Array(32).fill(0x48))

describe('requests', () => {
  test('nothing to change is still a request', () => {
    expect(encodeSet({})).toBe('set=1\n\n')
  })

  test('the device comes before its peers, and what must come first of a peer is first', () => {
    const change: WireguardChange = {
      peers: [
        {
          publicKey: base64(1),
          allowedIps: ['10.1.2.3/16', 'FD00::1/64', '10.9.0.1'],
          replaceAllowedIps: true,
          keepaliveSeconds: 25,
          endpoint: { address: 'FD01:0::7', port: 51820 },
          updateOnly: true,
        },
        { publicKey: base64(2), remove: true },
        { publicKey: base64(3), endpoint: { address: '192.0.2.1', port: 1 } },
      ],
      fwmark: 0xffffffff,
      listenPort: 51820,
      privateKey: own,
    }
    expect(encodeSet(change).split('\n')).toEqual([
      'set=1',
      `private_key=${hex(0x48)}`,
      'listen_port=51820',
      'fwmark=4294967295',
      `public_key=${hex(1)}`,
      'update_only=true',
      'endpoint=[fd01::7]:51820',
      'persistent_keepalive_interval=25',
      'replace_allowed_ips=true',
      'allowed_ip=10.1.0.0/16',
      'allowed_ip=fd00::/64',
      'allowed_ip=10.9.0.1/32',
      `public_key=${hex(2)}`,
      'update_only=true',
      'remove=true',
      `public_key=${hex(3)}`,
      'endpoint=192.0.2.1:1',
      '',
      '',
    ])
  })

  const peer = { publicKey: base64(1) }
  test.each<[WireguardChange, string]>([
    [{ listenPort: 65_536 }, 'the listening port is 65536: allowed are 0 to 65535'],
    [{ fwmark: -1 }, 'the fwmark is -1: allowed are 0 to 4294967295'],
    [{ peers: [{ ...peer, keepaliveSeconds: 1.5 }] }, 'the keepalive in seconds is 1.5'],
    [{ peers: [{ ...peer, endpoint: { address: 'a.example', port: 1 } }] }, '"a.example" is not an IP'],
    [{ peers: [{ ...peer, endpoint: { address: '192.0.2.1', port: 0 } }] }, 'the port of an endpoint is 0'],
    [{ peers: [{ ...peer, allowedIps: ['10.0.0.0/33'] }] }, '"10.0.0.0/33" is not a CIDR'],
    [{ peers: [{ ...peer, allowedIps: ['10.0.0.0/8\nremove=true'] }] }, 'is not a CIDR'],
    [{ peers: [{ publicKey: `${base64(1)}\n`, remove: true }] }, 'the public key of a peer is no key'],
  ])('what no device could take is refused: %j', (change, problem) => {
    expect(() => encodeSet(change)).toThrow(RangeError)
    expect(() => encodeSet(change)).toThrow(problem)
  })
})

describe('answers', () => {
  const answer = [
    `private_key=${hex(0x48)}`,
    'listen_port=51820',
    'fwmark=2097152',
    `public_key=${hex(1)}`,
    `preshared_key=${hex(0)}`,
    'protocol_version=1',
    'endpoint=[fe80::1%eth0]:51821',
    'last_handshake_time_sec=1700000000',
    'last_handshake_time_nsec=999999999',
    'tx_bytes=9007199254740991',
    'rx_bytes=1',
    'persistent_keepalive_interval=25',
    'allowed_ip=fd00::/64',
    'allowed_ip=10.1.0.0/16',
    `public_key=${hex(2)}`,
    'last_handshake_time_sec=0',
    'last_handshake_time_nsec=0',
    'of_a_later_version=value',
    'endpoint=192.0.2.1:7',
    'errno=0',
    '',
    '',
  ]

  test('a device with peers', () => {
    expect(decodeGet(answer.join('\n'))).toEqual({
      errno: undefined,
      device: {
        publicKey: own.publicKey,
        listenPort: 51820,
        fwmark: 0x200000,
        peers: [
          {
            publicKey: base64(1),
            endpoint: { address: 'fe80::1%eth0', port: 51821 },
            allowedIps: ['10.1.0.0/16', 'fd00::/64'],
            keepaliveSeconds: 25,
            lastHandshake: new Date(1_700_000_000_999),
            receivedBytes: 1,
            sentBytes: Number.MAX_SAFE_INTEGER,
          },
          {
            publicKey: base64(2),
            endpoint: { address: '192.0.2.1', port: 7 },
            allowedIps: [],
            keepaliveSeconds: 0,
            lastHandshake: undefined,
            receivedBytes: 0,
            sentBytes: 0,
          },
        ],
      },
    })
  })

  test('a new device has no key, no mark and no peers', () => {
    const device = { publicKey: undefined, listenPort: 41_000, fwmark: 0, peers: [] }
    expect(decodeGet('listen_port=41000\nerrno=0\n\n')).toEqual({ errno: undefined, device })
    expect(decodeGet(`private_key=${hex(0)}\nlisten_port=41000\nerrno=0\n\n`).device).toEqual(device)
  })

  test('a refusal has the name of its errno, whichever the sign', () => {
    expect(decodeSet('errno=-98\n\n')).toBe('EADDRINUSE')
    expect(decodeSet('errno=22\n\n')).toBe('EINVAL')
    expect(decodeSet('errno=0\n\n')).toBeUndefined()
    expect(decodeGet('errno=-71\n\n').errno).toBe('EPROTO')
  })

  test.each([
    ['nothing', '', 'line 1: the answer does not end'],
    ['an empty line', '\n\n', 'line 1: is not key=value'],
    ['without errno', 'listen_port=1\n\n', 'line 1: errno is missing'],
    ['a line without =', `private_key${hex(0x48)}\nerrno=0\n\n`, 'line 1: is not key=value'],
    ['a short key', `private_key=${hex(0x48).slice(1)}\nerrno=0\n\n`, 'line 1: private_key is not 64 hexa'],
    ['a peer without key', 'public_key=\nerrno=0\n\n', 'line 1: public_key is not 64 hexadecimal digits'],
    ['a large port', 'fwmark=1\nlisten_port=65536\nerrno=0\n\n', 'line 2: listen_port is no number from 0'],
    ['a mark in words', 'fwmark=0x20\nerrno=0\n\n', 'line 1: fwmark is no number from 0 to 4294967295'],
    ['no endpoint', `public_key=${hex(1)}\nendpoint=fd00::1:80\nerrno=0\n\n`, 'line 2: endpoint is not'],
    ['no CIDR', `public_key=${hex(1)}\nallowed_ip=10.0.0.0/x\nerrno=0\n\n`, 'line 2: allowed_ip is no CIDR'],
    ['no errno', 'errno=no\n\n', 'line 1: errno is no number from 0 to 65535'],
    [
      'no time that a Date could have',
      `public_key=${hex(1)}\nlast_handshake_time_sec=9000000000000\nerrno=0\n\n`,
      'line 2: last_handshake_time_sec is no number',
    ],
  ])('%s is an error that names the line, and repeats no key', (_, text, problem) => {
    expect(() => decodeGet(text)).toThrow(WireguardDecodeError)
    expect(() => decodeGet(text)).toThrow(problem)
    expect(() => decodeGet(text)).not.toThrow(/(48){8}/)
  })
})
