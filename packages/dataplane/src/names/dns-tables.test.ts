import { formatRule, formatTable, type TableContent } from '@margay/netlink/nftables'
import { type Ip, parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import { changesBetween } from '../reconcile/changes-between.ts'
import type { DnsOptions, DnsServer } from './dns-options.ts'
import { dnsTables } from './dns-tables.ts'

function server(address: string, port = 53): DnsServer {
  return { address: parseIp(address) as Ip, port }
}

function tables(servers: readonly DnsServer[], change: Partial<DnsOptions> = {}): TableContent[] {
  return dnsTables({ servers, interfacePrefixes: ['cali'], queue: 1053, queueBy: 'xtables', ...change })
}

const rulesOf = (table: TableContent | undefined, chain: string) =>
  (table?.chains.get(chain)?.rules ?? []).map((rule) => formatRule(rule, { sets: setsOf(table) }))
const setsOf = (table: TableContent | undefined) =>
  new Map([...(table?.sets ?? [])].map(([name, { set }]) => [name, set]))

test('the tables of a cluster with a service, its pods and a resolver outside', async () => {
  const servers = [server('10.96.0.10'), server('10.244.1.7', 5353), server('192.0.2.53'), server('fd96::a')]
  await expect(tables(servers).map(formatTable).join('\n')).toMatchFileSnapshot('dns-tables.golden.nft')
})

test('there is none without servers, and none of a family that has none', () => {
  expect(tables([])).toEqual([])
  expect(tables([server('fd96::a')]).map(({ table }) => table.family)).toEqual(['ip6'])
})

test('packets pass where no agent is, by whichever way they are queued', () => {
  const last = (queueBy: DnsOptions['queueBy']) =>
    rulesOf(tables([server('10.96.0.10')], { queueBy })[0], 'held').at(-1)
  expect(last('nft')).toBe('counter queue flags bypass to 1053')
  expect(last('xtables')).toBe('counter xt target NFQUEUE num 1053 bypass')
})

test('only one chain holds, and only what matches goes there', () => {
  const [table] = tables([server('10.96.0.10')])
  const rules = [...(table?.chains.values() ?? [])].flatMap(({ chain, rules: all }) =>
    all.map(({ expressions }) => ({ chain: chain.name, types: expressions.map(({ type }) => type) })),
  )
  const holding = rules.filter(({ types }) => types.includes('nfqueue-target'))
  expect(holding.map(({ chain }) => chain)).toEqual(['held'])
  expect([...(table?.chains.values() ?? [])].map(({ chain }) => chain.hook?.policy)).toEqual([
    'accept',
    'accept',
    'accept',
    undefined,
    undefined,
  ])
})

test('a server is there once with each protocol, however often it is named', () => {
  const [table] = tables([server('10.96.0.10'), server('10.96.0.10'), server('10.96.0.10', 5353)])
  expect(table?.sets.get('servers')?.elements).toHaveLength(4)
})

test('where there are many ports, all packets are looked up', () => {
  const count = (ports: number) =>
    rulesOf(tables(Array.from({ length: ports }, (_, port) => server('10.96.0.10', port + 1)))[0], 'forward')
      .length
  expect([1, 4, 5].map(count)).toEqual([5, 5, 4])
})

test('a question by UDP goes on once its copy is there, by TCP it is held', () => {
  expect(rulesOf(tables([server('10.96.0.10')])[0], 'asked')).toEqual([
    'meta l4proto udp counter log group 1053 queue-threshold 1 accept',
    'goto held',
  ])
})

test('what the node only forwards for others is neither held nor copied', () => {
  const [table] = tables([server('10.96.0.10')], { interfacePrefixes: ['cali', 'tap'] })
  const held = (chain: string) => rulesOf(table, chain).filter((rule) => /goto (held|asked)/.test(rule))
  expect(held('forward')).toHaveLength(8)
  for (const rule of held('forward')) expect(rule).toMatch(/[io]ifname/)
  const unbound = (chain: string) => held(chain).filter((rule) => !/[io]ifname/.test(rule))
  // The node itself is answered, and asks.
  for (const rule of unbound('input')) expect(rule).toMatch(/direction reply|saddr/)
  for (const rule of unbound('output')) expect(rule).toMatch(/direction original|daddr/)
  expect([unbound('input'), unbound('output')].map(({ length }) => length)).toEqual([2, 2])
})

test('another server is an element more, as long as its port is known', () => {
  const one = tables([server('10.96.0.10')])
  const more = tables([server('10.96.0.10'), server('192.0.2.53')])
  const { batches, removals } = changesBetween(one, more)
  expect([...batches, removals].flat().map((change) => change.do)).toEqual(['add-elements'])
})
