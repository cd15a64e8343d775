import type { NftElement, NftRule, Ruleset } from '@margay/netlink/nftables'
import { describe, expect, test } from 'vitest'
import { accept, drop, rule } from '../emit/expressions.ts'
import { table } from '../nft/table.ts'
import { areMixed } from './mixture.ts'

interface Small {
  readonly chains: Readonly<Record<string, NftRule>>
  /** Last octet of an address ▶ its class. */
  readonly hosts: Readonly<Record<number, number>>
  readonly ranges: Readonly<Record<number, number>>
}

function rulesetOf({ chains, hosts, ranges }: Small): Ruleset {
  const contents = Object.entries(chains).map(
    ([name, rule]) => [name, { chain: { name }, rules: [rule] }] as const,
  )
  const key = ['ipv4_addr'] as const
  const sets = [
    { set: { name: 'hosts', key, data: ['mark'] as const }, elements: elementsOf(hosts) },
    { set: { name: 'ranges', key, data: ['mark'] as const, interval: true }, elements: elementsOf(ranges) },
  ]
  return [
    {
      table: table('inet'),
      chains: new Map(contents),
      sets: new Map(sets.map((content) => [content.set.name, content])),
    },
  ]
}

function elementsOf(numbers: Readonly<Record<number, number>>): NftElement[] {
  return Object.entries(numbers).map(([octet, number]) => ({
    key: Uint8Array.of(10, 0, 0, Number(octet)),
    data: Uint8Array.of(number, 0, 0, 0),
  }))
}

const before: Small = {
  chains: { group: rule(drop), pod: rule(drop) },
  hosts: { 1: 7, 2: 8 },
  ranges: { 9: 1 },
}
const mixes = (change: Partial<Small>) =>
  areMixed(rulesetOf(before), rulesetOf({ ...before, ...change }), ['hosts', 'ranges'])

const otherRule = { group: rule(accept), pod: rule(drop) }
const withoutPod = { group: rule(drop) }

describe('with other rules in a chain that stays', () => {
  test.each([
    ['an address of another class', { hosts: { 1: 7, 2: 9 } }],
    ['an address that comes', { hosts: { 1: 7, 2: 8, 3: 7 } }],
    ['an address that goes', { hosts: { 1: 7 } }],
    ['a range of another class', { ranges: { 9: 2 } }],
    ['a range that goes', { ranges: {} }],
  ])('%s is a mixture', (_, change) => {
    expect(mixes({ chains: otherRule, ...change })).toBe(true)
    expect(mixes(change)).toBe(false)
  })

  test('and the same classes there is none', () => {
    expect(mixes({ chains: otherRule })).toBe(false)
    expect(mixes({})).toBe(false)
  })
})

describe('with a chain that goes', () => {
  test.each([
    ['an address of another class', { hosts: { 1: 7, 2: 9 } }, true],
    ['another range', { ranges: { 8: 1 } }, true],
    ['an address that goes', { hosts: { 1: 7 } }, false],
    ['an address that comes', { hosts: { 1: 7, 2: 8, 3: 7 } }, false],
  ])('%s, is a mixture: %3$s', (_, change, expected) => {
    expect(mixes({ chains: withoutPod, ...change })).toBe(expected)
  })
})

test('a chain that comes is judged by what comes with it', () => {
  expect(mixes({ chains: { ...before.chains, new: rule(drop) }, hosts: { 1: 9 } })).toBe(false)
})

test('a table that comes has nothing of before', () => {
  expect(areMixed([], rulesetOf(before), ['hosts', 'ranges'])).toBe(false)
})
