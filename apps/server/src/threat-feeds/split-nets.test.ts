import { type Cidr, formatCidr, mergeCidrs, parseCidrOrIp } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mostPieceBytes, splitNets } from './split-nets.ts'

/** Every second address, so that none merge. */
function addresses(count: number, from = 0x0a000000): Cidr[] {
  const all = Array.from({ length: count }, (_, n) => BigInt(from + 2 * n))
  return all.map((base) => ({ version: 4, base, prefixLength: 32 }))
}

const starts = (pieces: readonly Cidr[][]) => pieces.flatMap((piece) => piece.slice(0, 1))
const texts = (pieces: readonly Cidr[][]) => pieces.map((piece) => piece.map(formatCidr))

test('a short list is one piece, and none is none', () => {
  expect(splitNets(addresses(3), [])).toEqual([addresses(3)])
  expect(splitNets([], [])).toEqual([])
  expect(splitNets([], starts([addresses(1), addresses(1, 0x0b000000)]))).toEqual([])
})

test('each piece fits, also what two of them in a row have together, in an etcd with audit records', () => {
  const pieces = splitNets(addresses(100_000), [])
  expect(pieces.length).toBeGreaterThan(5)
  for (const piece of texts(pieces)) expect(JSON.stringify(piece).length).toBeLessThanOrEqual(mostPieceBytes)
  const [grown, before] = [2 * mostPieceBytes, mostPieceBytes]
  expect(2 * grown + 1.2 * before).toBeLessThan(1.5 * 1024 * 1024)
})

test('a list that has changed in one place has changed in one piece', () => {
  const list = addresses(100_000)
  const before = splitNets(list, [])
  const extra = parseCidrOrIp('10.0.200.1')
  const after = splitNets(mergeCidrs([...list, ...(extra === undefined ? [] : [extra])]), starts(before))
  expect(after).toHaveLength(before.length)
  const same = texts(after).filter(
    (piece, index) => JSON.stringify(piece) === JSON.stringify(texts(before)[index]),
  )
  expect(same).toHaveLength(before.length - 1)
})

test('one that has shrunk needs fewer pieces', () => {
  const before = splitNets(addresses(100_000), [])
  expect(splitNets(addresses(100), starts(before))).toHaveLength(1)
})

test('the pieces are the list, whatever there was', () => {
  const cidr = fc.record({
    version: fc.constant(4 as const),
    base: fc.nat(50).map(BigInt),
    prefixLength: fc.constant(32),
  })
  const list = fc.array(cidr).map(mergeCidrs)
  fc.assert(
    fc.property(list, list, (now, old) => {
      const pieces = splitNets(now, old)
      expect(pieces.flat()).toEqual(now)
      expect(pieces.every((piece) => piece.length > 0)).toBe(true)
    }),
  )
})
