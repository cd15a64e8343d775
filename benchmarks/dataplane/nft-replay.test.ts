import { expect, test } from 'vitest'
import { commandsFor, type NftObject, withNamedAddresses } from './nft-replay.ts'

const of = { family: 'inet', table: 'margay' }
const table: NftObject = { table: { family: 'inet', name: 'margay' } }
const chain = (name: string): NftObject => ({ chain: { ...of, name } })
const rule = (name: string, comment: string): NftObject => ({
  rule: { ...of, chain: name, comment, expr: [] },
})
const set = (...elem: readonly string[]): NftObject => ({
  set: { ...of, name: 'peers', type: 'ipv4_addr', ...(elem.length === 0 ? {} : { elem }) },
})

test('nothing differs, nothing is done', () => {
  const ruleset = [table, chain('a'), rule('a', '1'), set('10.0.0.1')]
  expect(commandsFor(ruleset, ruleset)).toEqual([])
})

test('only elements that differ come and go', () => {
  const element = (elem: string) => ({ element: { ...of, name: 'peers', elem: [elem] } })
  expect(commandsFor([table, set('10.0.0.1', '10.0.0.2')], [table, set('10.0.0.2', '10.0.0.3')])).toEqual([
    { delete: element('10.0.0.1') },
    { add: element('10.0.0.3') },
  ])
})

test('a chain whose rules differ is written anew, as a whole', () => {
  const [before, after] = [
    [table, chain('a'), rule('a', '1')],
    [table, chain('a'), rule('a', '2'), rule('a', '3')],
  ]
  expect(commandsFor(before, after)).toEqual([
    { flush: { chain: { ...of, name: 'a' } } },
    { add: rule('a', '2') },
    { add: rule('a', '3') },
  ])
})

test('what is new is there before it is used, and what is gone is emptied before it is deleted', () => {
  const [before, after] = [
    [table, chain('a'), rule('a', '1')],
    [table, chain('b'), set('10.0.0.1'), rule('b', '2')],
  ]
  expect(commandsFor(before, after)).toEqual([
    { add: chain('b') },
    { add: set() },
    { flush: { chain: { ...of, name: 'a' } } },
    { add: rule('b', '2') },
    { add: { element: { ...of, name: 'peers', elem: ['10.0.0.1'] } } },
    { delete: chain('a') },
  ])
})

test('an address that is listed as bytes of the header is given by its name; other bytes are left as they are', () => {
  const load = (payload: object) => [
    { add: { rule: { expr: [{ map: { key: { payload }, data: '@hosts' } }] } } },
  ]
  const raw = (offset: number, len: number) => load({ base: 'nh', offset, len })
  const named = [raw(96, 32), raw(192, 128), raw(96, 16)].map(withNamedAddresses)
  expect(named).toEqual([
    load({ protocol: 'ip', field: 'saddr' }),
    load({ protocol: 'ip6', field: 'daddr' }),
    raw(96, 16),
  ])
})
