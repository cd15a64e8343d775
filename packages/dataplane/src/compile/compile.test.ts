import { formatRule, formatTable, type Ruleset } from '@margay/netlink/nftables'
import { parseCidr } from '@margay/netset'
import { describe, expect, test } from 'vitest'
import { changesBetween } from '../reconcile/changes-between.ts'
import { compile } from './compile.ts'
import { defaultCompileOptions } from './options.ts'
import { policy, tier, worldWith } from './world.testkit.ts'

const world = () =>
  worldWith(
    tier('platform', { order: 10, defaultAction: 'Pass' }),
    policy(
      'platform.guard',
      {
        tier: 'platform',
        order: 1,
        selector: "app == 'db'",
        types: ['Ingress'],
        ingress: [
          { action: 'Log', protocol: 'TCP' },
          { action: 'Deny', source: { nets: ['203.0.113.0/24'] } },
          { action: 'Pass', source: { selector: "app == 'web'" } },
        ],
      },
      'GlobalNetworkPolicy',
    ),
    policy('db', {
      selector: "app == 'db'",
      ingress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          source: { selector: "app == 'web'" },
          destination: { ports: ['http'] },
        },
      ],
    }),
    policy('web-egress', {
      selector: "app == 'web'",
      types: ['Egress'],
      egress: [{ action: 'Allow', protocol: 'TCP' }],
    }),
  )

const node = { name: 'node-1', interfaces: [], linkLocals: new Map() }
const compiled = (state = world()) => compile(state, node, defaultCompileOptions)

test('the whole ruleset of a small world is as reviewed', async () => {
  await expect(compiled().map(formatTable).join('\n')).toMatchFileSnapshot('small-world.golden.nft')
})

const flooded = () =>
  worldWith(
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkSet',
      metadata: { name: 'attackers', labels: { threat: 'flood' } },
      spec: { nets: ['203.0.113.0/24', '2001:db8:bad::/48'] },
    },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'HostEndpoint',
      metadata: { name: 'node-1-eth0', labels: { role: 'edge' } },
      spec: { node: 'node-1', interfaceName: 'eth0' },
    },
    policy(
      'no-floods',
      {
        order: 1,
        selector: "role == 'edge'",
        types: ['Ingress'],
        doNotTrack: true,
        applyOnForward: true,
        ingress: [
          { action: 'Allow', protocol: 'TCP', destination: { ports: [443] } },
          { action: 'Log', source: { selector: "threat == 'flood'" } },
          { action: 'Deny', source: { selector: "threat == 'flood'" } },
        ],
      },
      'GlobalNetworkPolicy',
    ),
  )
const device = (name: string, handsOn = false) => ({ name, index: 2, addresses: [], handsOn })
const earlyOn = (...interfaces: ReturnType<typeof device>[]) =>
  compile(flooded(), { ...node, interfaces }, defaultCompileOptions).find(
    ({ table }) => table.family === 'netdev',
  )

test('what is dropped as it comes in is as reviewed', async () => {
  const early = earlyOn(device('eth0'), device('eth1'))
  await expect(early && formatTable(early)).toMatchFileSnapshot('early-table.golden.nft')
})

test('only devices that are there, and whose frames stay theirs, are hooked', () => {
  expect(earlyOn(device('eth1'))).toBeUndefined()
  expect(earlyOn(device('eth0', true))).toBeUndefined()
  expect(earlyOn(device('eth0'), device('eth1'))?.chains.get('ingress')?.chain.hook?.devices).toEqual([
    'eth0',
  ])
})

test('failsafe ports with a net, and those for every port, have rules of their own', () => {
  const net = parseCidr('192.0.2.0/24')
  const settings = {
    failsafeInbound: [
      { protocol: 6, port: 22, net: undefined },
      { protocol: 6, port: 179, net },
      { protocol: 17, port: 0, net: undefined },
    ],
    failsafeOutbound: [],
  }
  const options = { ...defaultCompileOptions, settings }
  const ruleset = compile(flooded(), { ...node, interfaces: [device('eth0')] }, options)
  const early = ruleset.find(({ table }) => table.family === 'netdev')
  const reprieve = (version: 4 | 6) => {
    const rules = early?.chains.get(`reprieve-${version}`)?.rules ?? []
    return rules.slice(2).map((rule) => formatRule(rule))
  }
  const plain = 'meta l4proto tcp th dport @failsafe-destinations-6 counter accept comment "failsafe"'
  const whole = 'meta l4proto udp counter accept comment "failsafe"'
  const ofNet = 'meta l4proto tcp th dport 179 ip saddr 192.0.2.0/24 counter accept comment "failsafe"'
  expect(reprieve(4)).toEqual([plain, ofNet, whole].map((text) => expect.stringContaining(text)))
  expect(reprieve(6)).toEqual([plain, whole].map((text) => expect.stringContaining(text)))
})

test('early denials can be switched off', () => {
  const options = { ...defaultCompileOptions, settings: { dropsEarly: false } }
  const ruleset = compile(flooded(), { ...node, interfaces: [device('eth0')] }, options)
  expect(ruleset.map(({ table }) => table.family)).toEqual(['inet', 'arp'])
})

test('untracked policy that denies nothing hooks no device', () => {
  const state = worldWith(
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'HostEndpoint',
      metadata: { name: 'h' },
      spec: { node: 'node-1', interfaceName: 'eth0' },
    },
    policy(
      'dns',
      { doNotTrack: true, applyOnForward: true, ingress: [{ action: 'Allow', protocol: 'UDP' }] },
      'GlobalNetworkPolicy',
    ),
  )
  const ruleset = compile(state, { ...node, interfaces: [device('eth0')] }, defaultCompileOptions)
  expect(ruleset.map(({ table }) => table.family)).toEqual(['inet', 'arp'])
})

test('addresses that untracked policy does not speak of are not in the maps of the early table', () => {
  expect(earlyOn(device('eth0'))?.sets.get('hosts-4')?.elements).toHaveLength(0)
})

test('compiling again changes nothing', () => {
  expect(changesBetween(compiled(), compiled())).toEqual({ batches: [], removals: [] })
})

/** What the rules of a chain lead to. */
function targetOf([inet]: Ruleset, chain: string): string | undefined {
  const verdict = inet?.chains.get(chain)?.rules.at(-1)?.expressions.at(-1)
  return verdict?.type === 'verdict' && 'chain' in verdict.verdict ? verdict.verdict.chain : undefined
}

test('endpoints under the same policy share its chains and maps', () => {
  const state = worldWith(policy('all', { types: ['Ingress'] }))
  const ruleset = compiled(state)
  const [inet] = ruleset
  const [web, db] = inet?.sets.get('to-pods-4')?.elements ?? []
  expect(web?.comment).toBe('shop/web')
  expect(db?.data).toEqual(web?.data)
  const [slot, ...others] = inet?.sets.get('to-slots-4')?.elements ?? []
  expect(slot).toMatchObject({ key: web?.data, data: { chain: expect.stringMatching(/^to-4-/) } })
  expect(others).toEqual([])
  const { chain } = (slot?.data ?? { chain: '' }) as { chain: string }
  expect(targetOf(ruleset, chain)).toMatch(/^ingress-4-/)
})

test('only endpoints of the node are dispatched to, and others are still peers', () => {
  const state = worldWith(
    policy('p', { ingress: [{ action: 'Allow', source: { selector: "app == 'web'" } }] }),
  )
  const [inet] = compile(state, { ...node, name: 'node-2' }, defaultCompileOptions)
  expect(inet?.sets.get('to-pods-4')?.elements).toHaveLength(0)
  expect(inet?.sets.get('hosts-4')?.elements).toHaveLength(2)
})

test('a policy that changes what it says gives its group other maps, and leaves those of others alone', () => {
  const from = (app: string) => [{ action: 'Allow', source: { selector: `app == '${app}'` } }]
  const rules = (app: string) =>
    worldWith(
      policy('web', { selector: "app == 'web'", ingress: from(app) }),
      policy('db', { selector: "app == 'db'", ingress: [...from('db'), ...from('web')] }),
    )
  const { batches, removals } = changesBetween(compiled(rules('web')), compiled(rules('db')))
  const made = batches.flat().flatMap((change) => (change.do === 'add-set' ? [change.set.name] : []))
  const elements = batches.flat().filter((change) => change.do === 'delete-elements')
  expect(made).toEqual(
    ['ingress-4', 'ingress-6'].map((name) => expect.stringMatching(`^${name}-.*-classes$`)),
  )
  expect(elements).toEqual([])
  expect(removals.filter((change) => change.do === 'delete-set')).toHaveLength(2)
})

test('many ports or ranges are looked up, and few are asked one by one', () => {
  const ports = (...list: (number | string)[]) => {
    const ingress = [{ action: 'Allow', protocol: 'TCP', destination: { ports: list } }]
    const [inet] = compiled(worldWith(policy('web', { selector: "app == 'web'", ingress })))
    return [...(inet?.sets.keys() ?? [])].flatMap((name) => /-(ports|boxes)$/.exec(name)?.[1] ?? [])
  }
  expect(ports(1, 2, 3, 4)).toEqual([])
  expect(ports(1, 2, 3, 4, 5)).toEqual(['ports'])
  expect(ports('1000:2000')).toEqual([])
  expect(ports('1:99', '101:199', '201:299', '301:399', '401:499')).toEqual(['boxes'])
})

test('every chain that decides ends in a verdict', () => {
  const [inet] = compiled()
  const deciding = [...(inet?.chains.values() ?? [])].filter(
    ({ chain }) => chain.hook === undefined && chain.name !== 'beat',
  )
  expect(deciding.length).toBeGreaterThan(5)
  for (const { chain, rules } of deciding) {
    expect(rules.at(-1)?.expressions.at(-1)?.type, chain.name).toBe('verdict')
  }
})

const hostEndpoint = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  metadata: { name: 'eth0', labels: { role: 'host' } },
  spec: { node: 'node-1', interfaceName: 'eth0' },
}

describe('the mark of what a host endpoint has accepted', () => {
  const withEth0 = { ...node, interfaces: [device('eth0')] }
  const rulesOf = (ruleset: Ruleset, chain: string) => ruleset[0]?.chains.get(chain)?.rules ?? []
  const setsMark = (ruleset: Ruleset, chain: string) =>
    rulesOf(ruleset, chain).some(({ expressions }) => expressions.some(({ type }) => type === 'set-meta'))

  test('is nowhere touched where there is no host endpoint', () => {
    expect(['prerouting', 'forwarded'].some((chain) => setsMark(compiled(), chain))).toBe(false)
  })

  test('is cleared as packets come in, and as processes of the node send them with whatever mark', () => {
    const ruleset = compile(worldWith(hostEndpoint), withEth0, defaultCompileOptions)
    expect(['prerouting', 'output-untracked'].every((chain) => setsMark(ruleset, chain))).toBe(true)
  })
})
