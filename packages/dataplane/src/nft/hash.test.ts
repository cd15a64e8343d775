import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hash64 } from './hash.ts'

test('equals FNV-1a in plain arithmetic', () => {
  const plain = (text: string) =>
    [...Array(text.length).keys()].reduce(
      (value, i) => BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n),
      0xcbf29ce484222325n,
    )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => hash64(text) === plain(text)))
})

test.each([
  ['', 0xcbf29ce484222325n],
  ['a', 0xaf63dc4c8601ec8cn],
  ['foobar', 0x85944171f73967e8n],
])('of %j is as RFC 9923 has it', (text, value) => expect(hash64(text)).toBe(value))
