import { defaultCompileOptions, table } from '@margay/dataplane'
import type { NftElement } from '@margay/netlink/nftables'
import type { ResourceObject } from '@margay/resources'
import { FakeApi } from '@margay/testkit'
import { describe, expect, test } from 'vitest'
import { FakeNft } from '../testing/fake-nft.ts'
import { FakeTunnels } from '../testing/fake-tunnels.ts'
import { formatPlan } from './format-plan.ts'
import { planNode } from './plan-node.ts'

const namespace: ResourceObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
const pod: ResourceObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'web' },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
}
const hostPlan = { changes: ['set net/ipv4/ip_forward to 1 (is 0)'], problems: ['shop/web: no route'] }

function planOf(api: Pick<FakeApi, 'list'>, driver: FakeNft) {
  return planNode({
    nodeName: 'n1',
    client: api,
    driver,
    interfaces: () => ({ interfaces: [], linkLocals: new Map() }),
    host: {
      plan: ({ endpoints }) => (endpoints.length === 1 ? hostPlan : { changes: [], problems: [] }),
    },
    compile: defaultCompileOptions,
    tunnels: new FakeTunnels(),
    named: [],
    apiPorts: [6443],
  })
}

function worldWith(...objects: readonly ResourceObject[]): FakeApi {
  const api = new FakeApi()
  for (const object of objects) api.put(object)
  return api
}

test('a plan has all that an agent would do, and commits nothing', async () => {
  const driver = new FakeNft()
  const lines = formatPlan(await planOf(worldWith(namespace, pod), driver))
  expect(lines).toContain('  add table inet margay')
  expect(lines.join('\n')).toMatch(
    /\n {2}add 1 element to set "pod-sources-4".*\n {4}"cali\w+" \. 10\.0\.0\.1\n/,
  )
  expect(lines.slice(-3, -1)).toEqual(['node:', '  set net/ipv4/ip_forward to 1 (is 0)'])
  expect(lines.at(-1)).toMatch(
    /^would make \d\d+ changes to nftables and 1 change to the node; nothing was changed$/,
  )
  expect(lines[0]).toBe('shop/web: no route')
  expect(driver.batches).toEqual([])
})

test('what is not wanted any more is in the plan as well', async () => {
  const driver = new FakeNft()
  const old = { chain: { name: 'old' }, rules: [] }
  driver.found = [{ table: table('inet'), chains: new Map([['old', old]]), sets: new Map() }]
  expect(formatPlan(await planOf(worldWith(), driver))).toContain('  delete chain "old" of table inet margay')
})

test('what can not be understood is told, also when nothing would be changed', async () => {
  const broken = { ...namespace, metadata: { name: 'UPPER' } }
  const { problems } = await planOf(worldWith(broken), new FakeNft())
  expect(problems).toEqual([expect.stringContaining('v1/Namespace UPPER: ')])
  expect(formatPlan({ nftables: [], node: [], tunnels: [], problems })).toEqual([
    ...problems,
    'nothing would be changed',
  ])
})

test('half of a view is no plan: when one kind can not be listed, there is none', async () => {
  const api = worldWith(namespace, pod)
  const list: FakeApi['list'] = (kind) =>
    kind.kind === 'HostEndpoint' ? Promise.reject(new Error('forbidden')) : api.list(kind)
  await expect(planOf({ list }, new FakeNft())).rejects.toThrow('forbidden')
})

describe('of the elements of a set', () => {
  const set = { name: 's', key: ['ipv4_addr'] } as const
  const elements = (count: number): NftElement[] =>
    Array.from({ length: count }, (_, index) => ({ key: Uint8Array.of(10, 0, 0, index) }))
  const linesFor = (count: number) =>
    formatPlan({
      nftables: [{ do: 'add-elements', table: table('inet'), set, elements: elements(count) }],
      node: [],
      tunnels: [],
      problems: [],
    })

  test('five are shown', () => {
    expect(linesFor(5).slice(2, -1)).toEqual([0, 1, 2, 3, 4].map((last) => `    10.0.0.${last}`))
  })

  test('and of more, how many more', () => {
    expect(linesFor(1205).slice(6, -1)).toEqual(['    10.0.0.4', '    and 1200 more'])
  })
})

test('staged policies that the server refuses are told, and the rest is planned', async () => {
  const api = worldWith(namespace, pod)
  api.refused = ['StagedGlobalNetworkPolicy']
  const lines = formatPlan(await planOf(api, new FakeNft()))
  expect(lines).toContain('stagedglobalnetworkpolicies: forbidden')
  expect(lines).toContain('  add table inet margay')
  api.refused = ['Tier']
  await expect(planOf(api, new FakeNft())).rejects.toThrow('forbidden')
})
