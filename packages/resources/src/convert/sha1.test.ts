import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha1Hex } from './sha1.ts'

// The four vectors of RFC 3174, section 7.3.
test.each([
  ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
  ['a'.repeat(1_000_000), '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['01234567'.repeat(80), 'dea356a2cddd90c7a7ecedc5ebb563934f460452'],
])('vector %#', (text, digest) => {
  expect(sha1Hex(text)).toBe(digest)
})

test('it agrees with another implementation at every length of a block, and on any text', () => {
  const other = (text: string) => createHash('sha1').update(text).digest('hex')
  for (let length = 0; length < 130; length += 1)
    expect(sha1Hex('x'.repeat(length))).toBe(other('x'.repeat(length)))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(sha1Hex(text)).toBe(other(text))
    }),
  )
})
