import { expect, test } from 'vitest'
import type { NftTable } from '../nft/table.ts'
import { renderDelta } from './render-delta.ts'

function table(parts: Partial<NftTable>): NftTable {
  return { sets: new Map(), maps: new Map(), chains: new Map(), ...parts }
}
const set = (...elements: string[]) => ({
  type: 'ipv4_addr',
  interval: false,
  comment: 'all()',
  elements: new Set(elements),
})
const jump = (verdict: string) => ({ verdict, comment: 'shop/web' })

test('nothing differs: no command', () => {
  const same = table({
    sets: new Map([['s', set('10.0.0.1')]]),
    chains: new Map([['c', { rules: ['drop'] }]]),
  })
  expect(renderDelta({ kind: 'Exact', table: same }, same)).toBe('')
})

test('an address that comes and one that goes touch only their elements', () => {
  const before = table({ sets: new Map([['s', set('10.0.0.1', '10.0.0.2')]]) })
  const after = table({ sets: new Map([['s', set('10.0.0.2', '10.0.0.3')]]) })
  expect(renderDelta({ kind: 'Exact', table: before }, after)).toBe(
    'delete element inet margay s { 10.0.0.1 }\nadd element inet margay s { 10.0.0.3 }\n',
  )
})

test('a chain is made before the map leads to it, and removed after', () => {
  const dispatch = (verdict: string) =>
    new Map([['m', { type: 'ifname : verdict', elements: new Map([['"cali1"', jump(verdict)]]) }]])
  const before = table({ maps: dispatch('goto a'), chains: new Map([['a', { rules: ['drop'] }]]) })
  const after = table({ maps: dispatch('goto b'), chains: new Map([['b', { rules: ['accept'] }]]) })
  expect(renderDelta({ kind: 'Exact', table: before }, after).trim().split('\n')).toEqual([
    'add chain inet margay b',
    'add rule inet margay b accept',
    'delete element inet margay m { "cali1" }',
    'add element inet margay m { "cali1" comment "shop/web" : goto b }',
    'flush chain inet margay a',
    'delete chain inet margay a',
  ])
})

test('what an earlier process left is emptied and refilled without removing the base chain', () => {
  const hook = 'type filter hook forward priority filter; policy accept;'
  const desired = table({ chains: new Map([['forward', { hook, rules: ['drop'] }]]) })
  const known = { kind: 'NamesOnly', sets: ['old'], maps: ['m'], chains: ['forward', 'stale'] } as const
  expect(renderDelta(known, desired).trim().split('\n')).toEqual([
    'add table inet margay',
    'flush table inet margay',
    'flush map inet margay m',
    'flush set inet margay old',
    'delete map inet margay m',
    'delete chain inet margay stale',
    'delete set inet margay old',
    `add chain inet margay forward { ${hook} }`,
    'add rule inet margay forward drop',
  ])
})
