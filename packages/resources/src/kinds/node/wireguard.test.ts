import { formatIp } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Node } from './schema.ts'
import {
  isWireguardKey,
  type NodeIps,
  ownAddressesOf,
  wireguardInterfaceAddressesOf,
  wireguardKeysOf,
  wireguardRotationOf,
} from './wireguard.ts'

const node = (annotations: Readonly<Record<string, string>>, addresses: [string, string][] = []): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', annotations },
  status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
})
const texts = ({ ipv4, ipv6 }: NodeIps) => [ipv4, ipv6].map((ip) => ip && formatIp(ip))

const publicKey = 'projectcalico.org/WireguardPublicKey'
const publicKeyV6 = 'projectcalico.org/WireguardPublicKeyV6'
const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64')

test('a node has a key for each IP version', () => {
  expect(wireguardKeysOf(node({ [publicKey]: keyOf(1), [publicKeyV6]: keyOf(2) }))).toEqual({
    ipv4: keyOf(1),
    ipv6: keyOf(2),
    malformed: [],
  })
  expect(wireguardKeysOf(node({ [publicKeyV6]: keyOf(2) }))).toEqual({ ipv6: keyOf(2), malformed: [] })
})

test('an empty key is none, as no annotation at all', () => {
  expect(wireguardKeysOf(node({ [publicKey]: '', [publicKeyV6]: ' ' }))).toEqual({ malformed: [] })
  expect(wireguardKeysOf({ metadata: { name: 'n1' } })).toEqual({ malformed: [] })
})

test.each([
  ['all zero', keyOf(0)],
  ['31 bytes', Buffer.alloc(31, 7).toString('base64')],
  ['33 bytes', Buffer.alloc(33, 7).toString('base64')],
  ['without padding', keyOf(1).slice(0, -1)],
  ['of the alphabet for file names', keyOf(0xff).replaceAll('/', '_')],
  ['with bits that no byte has', `${'A'.repeat(42)}B=`],
  ['hexadecimal', Buffer.alloc(32, 7).toString('hex')],
  ['of two lines', `${keyOf(1)}\n${keyOf(1)}`],
])('a key that is %s is malformed, and the other one counts', (_, text) => {
  expect(wireguardKeysOf(node({ [publicKey]: text, [publicKeyV6]: keyOf(2) }))).toEqual({
    ipv6: keyOf(2),
    malformed: [publicKey],
  })
  expect(wireguardKeysOf(node({ [publicKeyV6]: text })).malformed).toEqual([publicKeyV6])
})

test('a key is one exactly when it is what base64 makes of 32 bytes', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(bytes, (key) => {
      expect(isWireguardKey(Buffer.from(key).toString('base64'))).toBe(key.some((byte) => byte !== 0))
    }),
  )
  const digits = [...'ABCDefgh0123+/=w8Y']
  const almost = fc.string({ unit: fc.constantFrom(...digits), minLength: 42, maxLength: 45 })
  fc.assert(
    fc.property(almost, (text) => {
      const decoded = Buffer.from(text, 'base64')
      const isCanonical = decoded.toString('base64') === text && decoded.length === 32
      expect(isWireguardKey(text)).toBe(isCanonical && decoded.some((byte) => byte !== 0))
    }),
    { numRuns: 1000 },
  )
})

test('the address of a device is one of its IP version', () => {
  const annotations = {
    'projectcalico.org/IPv4WireguardInterfaceAddr': '10.65.0.1',
    'projectcalico.org/IPv6WireguardInterfaceAddr': 'fd00::1',
  }
  expect(texts(wireguardInterfaceAddressesOf(node(annotations)))).toEqual(['10.65.0.1', 'fd00::1'])
  const swapped = {
    'projectcalico.org/IPv4WireguardInterfaceAddr': 'fd00::1',
    'projectcalico.org/IPv6WireguardInterfaceAddr': 'none',
  }
  expect(wireguardInterfaceAddressesOf(node(swapped))).toEqual({})
})

const [address, addressV6] = ['projectcalico.org/IPv4Address', 'projectcalico.org/IPv6Address']
const reported: [string, string][] = [
  ['Hostname', 'n1.example'],
  ['ExternalIP', '203.0.113.1'],
  ['InternalIP', '10.0.0.1'],
  ['InternalIP', '10.0.0.2'],
  ['InternalIP', 'fd00::1'],
]
test.each([
  ['as reported', {}, reported, ['10.0.0.1', 'fd00::1']],
  ['annotated', { [address]: '192.0.2.1/24' }, reported, ['192.0.2.1', 'fd00::1']],
  ['annotated without length', { [addressV6]: '2001:db8::1' }, [], [undefined, '2001:db8::1']],
  ['not as annotated in a text that is none', { [address]: 'autodetect' }, reported, ['10.0.0.1', 'fd00::1']],
  ['not annotated for the other version', { [address]: 'fd00::7/64' }, [], [undefined, undefined]],
  ['not one outside of the cluster', {}, reported.slice(0, 2), [undefined, undefined]],
] as const)("a node's own address is that %s", (_, annotations, addresses, want) => {
  expect(texts(ownAddressesOf(node({ ...annotations }, [...addresses])))).toEqual(want)
})

const rotate = (text: string) => wireguardRotationOf(node({ 'margay.io/wireguard-rotate': text }))
test.each([
  ['2026-08-01T12:00:00Z', Date.UTC(2026, 7, 1, 12)],
  ['2026-08-01t12:00:00.250z', Date.UTC(2026, 7, 1, 12, 0, 0, 250)],
  ['2026-08-01T12:00:00+02:00', Date.UTC(2026, 7, 1, 10)],
  ['', undefined],
  ['now', 'Malformed'],
  ['2026-08-01', 'Malformed'],
  ['2026-08-01T12:00:00', 'Malformed'],
  ['2026-13-01T12:00:00Z', 'Malformed'],
  ['1785585600', 'Malformed'],
])('keys older than %j are made anew', (text, want) => expect(rotate(text)).toBe(want))

test('without being asked, a node keeps its keys', () => {
  expect(wireguardRotationOf({ metadata: { name: 'n1' } })).toBeUndefined()
})
