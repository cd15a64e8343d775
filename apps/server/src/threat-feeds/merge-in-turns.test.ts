import { type Cidr, mergeCidrs } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeInTurns } from './merge-in-turns.ts'

/** Few bases and all lengths, so that much is merged, also across parts. */
const cidr = (version: 4 | 6, bits: number, shortest: number): fc.Arbitrary<Cidr> =>
  fc
    .tuple(fc.nat(5), fc.nat(3), fc.integer({ min: shortest, max: shortest + 3 }))
    .map(([part, inner, prefixLength]) => {
      const base = (BigInt(part) << BigInt(bits - shortest)) | (BigInt(inner) << BigInt(bits - shortest - 2))
      return {
        version,
        base: (base >> BigInt(bits - prefixLength)) << BigInt(bits - prefixLength),
        prefixLength,
      }
    })

test('it is the same as at once', async () => {
  const lists = fc.array(fc.oneof(cidr(4, 32, 8), cidr(6, 128, 16)), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      expect(await mergeInTurns(list)).toEqual(mergeCidrs(list))
    }),
  )
})
