import { expect, test } from 'vitest'
import type { NftTable } from '../nft/table.ts'
import { renderTransactions } from './render-transactions.ts'

function table(chain: string, rule: string, set?: string): NftTable {
  const elements = new Map([['"cali1"', { verdict: `jump ${chain}`, comment: 'shop/web' }]])
  const members = { type: 'ipv4_addr', interval: false, comment: 'all()', elements: new Set(['10.0.0.1']) }
  return {
    sets: new Map(set === undefined ? [] : [[set, members]]),
    maps: new Map([['m', { type: 'ifname : verdict', elements }]]),
    chains: new Map([[chain, { rules: [rule] }]]),
  }
}
const lines = (transactions: readonly string[]) => transactions.map((text) => text.trim().split('\n'))

test('a new chain is filled before a transaction that leads to it', () => {
  const transactions = renderTransactions(
    { kind: 'Exact', table: table('a', 'drop') },
    table('b', 'ip saddr @s accept', 's'),
  )
  expect(lines(transactions)).toEqual([
    [
      'add set inet margay s { type ipv4_addr; comment "all()"; }',
      'add element inet margay s { 10.0.0.1 }',
      'add chain inet margay b',
      'add rule inet margay b ip saddr @s accept',
    ],
    [
      'delete element inet margay m { "cali1" }',
      'add element inet margay m { "cali1" comment "shop/web" : jump b }',
      'flush chain inet margay a',
      'delete chain inet margay a',
    ],
  ])
})

test('so it is when only the names are known', () => {
  const known = { kind: 'NamesOnly', sets: [], maps: ['m'], chains: ['a'] } as const
  const [ready, replacement] = lines(renderTransactions(known, table('b', 'drop')))
  expect(ready).toEqual(['add chain inet margay b', 'add rule inet margay b drop'])
  expect(replacement).toContain('delete chain inet margay a')
  expect(replacement).toContain('add rule inet margay b drop')
})

test('without a new chain, and for the first table, it is one transaction; without a change none', () => {
  const exact = (it: NftTable) => ({ kind: 'Exact', table: it }) as const
  expect(renderTransactions(exact(table('a', 'drop')), table('a', 'accept'))).toHaveLength(1)
  const none = { kind: 'NamesOnly', sets: [], maps: [], chains: [] } as const
  expect(renderTransactions(none, table('a', 'drop'))).toHaveLength(1)
  expect(renderTransactions(exact(table('a', 'drop')), table('a', 'drop'))).toEqual([])
})
