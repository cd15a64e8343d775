import { formatRule, formatTable, type TableContent } from '@margay/netlink/nftables'
import { type Cidr, type Ip, parseCidr, parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import type { GuardedTunnel, GuardOptions } from './guard-options.ts'
import { guardTable } from './guard-table.ts'

const cidrs = (...texts: readonly string[]) => texts.map((text) => parseCidr(text) as Cidr)

const ipv4: GuardedTunnel = {
  version: 4,
  device: { interfaceName: 'wireguard.cali', listenPort: 51820 },
  guarded: cidrs('10.0.0.0/17', '10.0.128.0/17', '172.16.0.9/32'),
  exempt: cidrs('10.77.0.0/16'),
  nodes: ['192.0.2.1', '192.0.2.2'].map((text) => parseIp(text) as Ip),
}
const ipv6: GuardedTunnel = {
  version: 6,
  device: undefined,
  guarded: cidrs('fd00::/96'),
  exempt: [],
  nodes: [],
}

function options(change: Partial<GuardOptions> = {}): GuardOptions {
  return { mark: 0x20_0000, interfacePrefixes: ['cali'], tunnels: [ipv4, ipv6], host: undefined, ...change }
}

const host = {
  apiPorts: [6443],
  inbound: [{ protocol: 6, port: 22, net: undefined }],
  outbound: [
    { protocol: 17, port: 53, net: undefined },
    { protocol: 132, port: 0, net: undefined },
  ],
}

const rulesOf = (table: TableContent | undefined, chain: string) =>
  (table?.chains.get(chain)?.rules ?? []).map((rule) => formatRule(rule))

test('the table of a node that requires encryption, also of itself', async () => {
  const table = guardTable(options({ host }))
  await expect(table && formatTable(table)).toMatchFileSnapshot('guard-table.golden.nft')
})

test('there is none where nothing is encrypted and nothing required', () => {
  const nothing = [4, 6].map(
    (version) => ({ ...ipv4, version, device: undefined, guarded: undefined }) as GuardedTunnel,
  )
  expect(guardTable(options({ tunnels: nothing }))).toBeUndefined()
  expect(guardTable(options({ tunnels: [] }))).toBeUndefined()
})

test('where nothing is required it marks what comes from outside, and drops nothing', () => {
  const table = guardTable(options({ host, tunnels: [{ ...ipv4, guarded: undefined }] }))
  expect([...(table?.chains.keys() ?? [])]).toEqual(['prerouting', 'api'])
  expect([...(table?.sets.keys() ?? [])]).toEqual(['nodes-4'])
  expect(table && formatTable(table)).not.toContain('drop')
})

test('without host encryption packets of the node itself are not looked at', () => {
  expect([...(guardTable(options())?.chains.keys() ?? [])]).toEqual(['prerouting', 'forward'])
})

test('pods of each prefix are guarded in both directions, and among each other they are let be', () => {
  const rules = rulesOf(
    guardTable(options({ interfacePrefixes: ['cali', 'tap'], tunnels: [ipv6] })),
    'forward',
  )
  expect(rules.filter((rule) => rule.includes('drop'))).toHaveLength(4)
  expect(rules.filter((rule) => rule.includes('iifname') && rule.includes('oifname'))).toHaveLength(4)
})

test('whatever is dropped is counted, in this rule', () => {
  const table = guardTable(options({ host }))
  const rules = [...(table?.chains.values() ?? [])].flatMap((chain) => chain.rules)
  const dropping = rules.filter(({ expressions }) =>
    expressions.some((it) => it.type === 'verdict' && it.verdict.kind === 'drop'),
  )
  expect(dropping.length).toBeGreaterThan(0)
  for (const { expressions } of dropping) expect(expressions.map(({ type }) => type)).toContain('counter')
})

test('of guarded addresses each is in the set once, whatever overlaps', () => {
  const overlapping = { ...ipv6, guarded: cidrs('fd00::/96', 'fd00::1/128', 'fd00::/112') }
  expect(guardTable(options({ tunnels: [overlapping] }))?.sets.get('guarded-6')?.elements).toHaveLength(1)
})

test('what goes to the API of a node, and its answers, go around tunnels; that is of host encryption alone', () => {
  const toNodes = 'ip daddr @nodes-4'
  const rules = rulesOf(guardTable(options({ host })), 'api')
  expect(rules).toHaveLength(2)
  for (const rule of rules) expect(rule).toContain(toNodes)
  // A pod may have the port of the API too, and is no node.
  const required = [
    ...rulesOf(guardTable(options({ host })), 'output'),
    ...rulesOf(guardTable(options({ host })), 'input'),
  ]
  for (const rule of required.filter((it) => it.includes('6443')))
    expect(rule).toMatch(/ip [sd]addr @nodes-4/)
  expect(guardTable(options())?.chains.has('api')).toBe(false)
})
