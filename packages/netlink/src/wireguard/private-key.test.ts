import { randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { PrivateKey } from './private-key.ts'

/** RFC 7748, section 6.1. */
const alice = 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo='
const alicePublic = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'

test('the public key is that of RFC 7748', () => {
  const key = PrivateKey.parse(alice)
  expect(Buffer.from(key.publicKey, 'base64').toString('hex')).toBe(alicePublic)
})

test('a key is clamped once, and then stays what it is', () => {
  const key = PrivateKey.generate(() => new Uint8Array(32).fill(0xff))
  expect(Buffer.from(key.revealBytes()).toString('hex')).toBe(`f8${'ff'.repeat(30)}7f`)
  const again = PrivateKey.parse(key.revealBase64())
  expect(again.revealBase64()).toBe(key.revealBase64())
  expect(again.equals(key)).toBe(true)
  expect(PrivateKey.generate(randomBytes).equals(key)).toBe(false)
})

test('who is given the bytes can not change the key', () => {
  const given = new Uint8Array(32).fill(7)
  const key = PrivateKey.ofBytes(given)
  const { publicKey } = key
  given.fill(9)
  key.revealBytes().fill(1)
  expect(PrivateKey.ofBytes(key.revealBytes()).publicKey).toBe(publicKey)
})

test('it is not shown by accident', () => {
  const key = PrivateKey.parse(alice)
  const shown = [
    `${key}`,
    JSON.stringify({ key }),
    inspect({ key }, { depth: 9, showHidden: true }),
    format('%s %o %j', key, key, key),
    JSON.stringify(Object.entries(key)),
    JSON.stringify(structuredClone({ ...key })),
  ].join('\n')
  expect(shown).toContain('(private key)')
  for (const secret of [alice, Buffer.from(alice, 'base64').toString('hex'), '119, 7, 109'])
    expect(shown).not.toContain(secret)
})

test.each([
  ['too short', alice.slice(4)],
  ['not canonical', `${alice.slice(0, -2)}p=`],
  ['with a line end', `${alice}\n`],
  ['of the URL alphabet', alice.replaceAll('+', '-').replace('dwdt', 'd_dt')],
  ['nothing', ''],
])('a text that is %s is refused, and not repeated', (_, text) => {
  expect(() => PrivateKey.parse(text)).toThrow(
    new RangeError('the private key is no key of WireGuard: 32 bytes as base64, 44 characters'),
  )
})

test('zeros are no key: devices take them for none', () => {
  expect(() => PrivateKey.generate((count) => new Uint8Array(count))).toThrow('not all zero')
  expect(() => PrivateKey.generate(() => new Uint8Array(31).fill(1))).toThrow('has 32 bytes, not 31')
})
