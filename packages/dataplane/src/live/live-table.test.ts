import type { Expression } from '@margay/netlink/nftables'
import { expect, test } from 'vitest'
import { accept, drop, rule } from '../emit/expressions.ts'
import { table } from '../nft/table.ts'
import { LiveTable } from './live-table.ts'

const chain = (verdict: Expression) => ({ chain: { name: 'c' }, rules: [rule(verdict)] })

test('a chain that a successor put in again, saying the same, stays when the one before it goes', () => {
  const live = new LiveTable(table('inet'))
  const [one, successor] = [{}, {}]
  live.putChain(chain(accept), one)
  live.takeStep()
  live.putChain(chain(accept), successor)
  live.dropChain('c', one)
  expect(live.takeStep()).toBeUndefined()
  expect([...live.content().chains.keys()]).toEqual(['c'])
  live.dropChain('c', successor)
  expect([...live.content().chains.keys()]).toEqual([])
})

test('a chain that went and came again between two steps did not change', () => {
  const live = new LiveTable(table('inet'))
  live.putChain(chain(accept), live)
  live.takeStep()
  live.dropChain('c', live)
  live.putChain(chain(drop), live)
  expect(live.hasChangedRules).toBe(true)
  live.putChain(chain(accept), live)
  expect(live.hasChangedRules).toBe(false)
  expect(live.takeStep()).toBeUndefined()
})
