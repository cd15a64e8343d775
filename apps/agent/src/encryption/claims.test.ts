import { parseCidr } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Claim, settleClaims } from './claims.ts'

function claim(text: string): Claim {
  const [node = '', cidr = ''] = text.split(' ')
  const parsed = parseCidr(cidr)
  if (parsed === undefined) throw new Error(text)
  return { node, cidr: parsed }
}

const settled = (blocks: readonly string[], strays: readonly string[] = []) => {
  const { owners, problems } = settleClaims(blocks.map(claim), strays.map(claim))
  return { owners: Object.fromEntries(Array.from(owners, ([cidr, { node }]) => [cidr, node])), problems }
}

test('each node has its own', () => {
  expect(settled(['a 10.0.0.0/24', 'b 10.0.1.0/24'], ['a 10.9.0.1/32'])).toEqual({
    owners: { '10.0.0.0/24': 'a', '10.0.1.0/24': 'b', '10.9.0.1/32': 'a' },
    problems: [],
  })
})

test('of two that claim the same, the first by name has it, and it is told', () => {
  for (const blocks of [
    ['b 10.0.0.0/24', 'a 10.0.0.0/24'],
    ['a 10.0.0.0/24', 'b 10.0.0.0/24'],
  ]) {
    expect(settled(blocks)).toEqual({
      owners: { '10.0.0.0/24': 'a' },
      problems: ["nodes a and b both have 10.0.0.0/24: it is taken as a's"],
    })
  }
})

test('a block inside of another node’s is told; a single address that is borrowed is not', () => {
  expect(settled(['a 10.0.0.0/16', 'b 10.0.1.0/24', 'a 10.0.2.0/24'], ['b 10.0.0.7/32']).problems).toEqual([
    "10.0.1.0/24 of node b lies in 10.0.0.0/16 of node a: it is taken as b's",
  ])
})

test('the order in which they come says nothing', () => {
  const text = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(3), fc.constantFrom(16, 24, 26))
    .map(([node, third, length]) => `${node} 10.0.${third}.0/${length}`)
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (blocks, numbers) => {
      const shuffled = blocks
        .map((block) => [numbers.next().value as number, block] as const)
        .sort(([one], [other]) => one - other)
        .map(([, block]) => block)
      const [one, other] = [settled(blocks), settled(shuffled)]
      expect(one.owners).toEqual(other.owners)
      expect([...new Set(one.problems)].sort()).toEqual([...new Set(other.problems)].sort())
    }),
  )
})
