/** Staged policies count in the kernel what they would decide, and decide nothing. With real connections. Needs root. */
import { createLab, type Lab, type LabMember, type LabNode, type LabPod } from '@margay/lab'
import { Nftables } from '@margay/netlink'
import type { NftRule } from '@margay/netlink/nftables'
import { interfaceNameOf, type ResourceObject } from '@margay/resources'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LabAgent } from './lab-agent.ts'

const port = 5432

let lab: Lab
let node: LabNode
let client: LabPod
let agent: LabAgent
let reader: Nftables

beforeAll(async () => {
  lab = await createLab({ name: `staged${process.pid}` })
  node = await lab.addNode('node-1')
  await lab.addPods(
    pods.map(({ name, ips }) => ({
      ...{ namespace: 'shop', name, ips, node: node.name },
      interfaceName: interfaceNameOf('shop', name),
    })),
  )
  client = await lab.addExternalMachine({
    ...{ name: 'client', node: node.name },
    ips: ['198.51.100.10', '2001:db8:1::10'],
  })
  await lab.serve([node, lab.pod('shop', 'db')], { tcp: [port], udp: [] })
  agent = new LabAgent(node)
  reader = Nftables.open({ netns: node.netns })
})
afterAll(async () => {
  reader?.close()
  await lab?.close()
})
beforeEach(async () => {
  await leaveNothing()
  await lab.flushConntrack(node)
})

/** What was counted before goes with the chains that nothing leads to any more. */
async function leaveNothing(): Promise<void> {
  agent.enforce(world)
  await new Promise((resolve) => setTimeout(resolve, 250))
  agent.enforce(world)
}

const pods = [
  { name: 'web', ips: ['10.65.0.1', 'fd65::1'] },
  { name: 'db', ips: ['10.65.0.2', 'fd65::2'] },
]
const world: ResourceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  ...pods.map(({ name, ips }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name, labels: { app: name } },
    spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIPs: ips.map((ip) => ({ ip })) },
  })),
]

function v3(kind: string, name: string, spec: object): ResourceObject {
  const metadata = kind.includes('Global') || kind === 'HostEndpoint' ? { name } : { namespace: 'shop', name }
  return { apiVersion: 'projectcalico.org/v3', kind, metadata, spec }
}

const fromWeb = (action: string) => ({
  selector: "app == 'db'",
  ingress: [{ action, protocol: 'TCP', source: { selector: "app == 'web'" } }],
})

function packetsOf({ expressions }: NftRule): number {
  const counter = expressions.find(({ type }) => type === 'counter')
  return counter?.type === 'counter' ? Number(counter.packets) : 0
}

/** How often what was decided, or would have been, by comment; only what counted anything. */
function counts(about: RegExp): Record<string, number> {
  const content = reader.read({ family: 'inet', name: 'margay' })
  const rules = [...(content?.chains.values() ?? [])].flatMap((chain) => chain.rules)
  const found: Record<string, number> = {}
  for (const rule of rules) {
    const { comment = '' } = rule
    if (about.test(comment) && packetsOf(rule) > 0) found[comment] = (found[comment] ?? 0) + packetsOf(rule)
  }
  return found
}

const counted = () => counts(/^staged/)

async function connect(from: LabMember, to: string): Promise<string> {
  return (await lab.probe({ from, to, protocol: 'TCP', port })).outcome
}

/** From web to db, by IPv4 and by IPv6. */
async function connectBoth(): Promise<string[]> {
  const web = lab.pod('shop', 'web')
  return Promise.all(lab.pod('shop', 'db').ips.map((ip) => connect(web, ip)))
}

test('what a staged policy would deny is counted once for each connection, and passes', async () => {
  agent.enforce([...world, v3('StagedNetworkPolicy', 'no-web', fromWeb('Deny'))])
  expect(await connectBoth()).toEqual(['reached', 'reached'])
  expect(counted()).toEqual({ 'staged Deny: tier default, snp:shop/no-web rule 0': 2 })
  expect(counts(/^profile/)).toMatchObject({ 'profile kns.shop: Allow': expect.any(Number) })
})

test('what a staged policy would allow is counted, and what is enforced denies it all the same', async () => {
  const enforced = v3('NetworkPolicy', 'guard', fromWeb('Deny'))
  agent.enforce([...world, enforced, v3('StagedNetworkPolicy', 'guard', fromWeb('Allow'))])
  expect(await connectBoth()).toEqual(['blocked', 'blocked'])
  const [allowed, denied] = [
    'staged Allow: tier default, snp:shop/guard rule 0',
    'np:shop/guard rule 0: Deny',
  ]
  const { [allowed]: staged, [denied]: enforcedCount, ...others } = counts(/guard/)
  expect(others).toEqual({})
  expect(staged).toBeGreaterThanOrEqual(2)
  expect(staged).toBe(enforcedCount)
})

test('what would pass without a policy is counted where its deletion is staged', async () => {
  const enforced = v3('NetworkPolicy', 'guard', fromWeb('Deny'))
  agent.enforce([...world, enforced, v3('StagedNetworkPolicy', 'guard', { stagedAction: 'Delete' })])
  expect(await connectBoth()).toEqual(['blocked', 'blocked'])
  expect(Object.keys(counted())).toEqual(['staged Allow: profile kns.shop'])
})

test('both ends count, by global and Kubernetes policies too', async () => {
  const ofKubernetes = { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] }
  agent.enforce([
    ...world,
    v3('StagedGlobalNetworkPolicy', 'out', { selector: "app == 'web'", types: ['Egress'] }),
    v3('StagedKubernetesNetworkPolicy', 'in', ofKubernetes),
  ])
  expect(await connectBoth()).toEqual(['reached', 'reached'])
  // At both ends it is the end of the tier.
  expect(counted()).toEqual({ 'staged Deny: tier default end of tier': 4 })
})

test('a staged policy that changes counts anew, and one that goes leaves nothing', async () => {
  for (const [action, name] of [
    ['Deny', 'one'],
    ['Allow', 'one'],
    ['Deny', 'other'],
  ] as const) {
    agent.enforce([...world, v3('StagedNetworkPolicy', name, fromWeb(action))])
    expect(await connectBoth()).toEqual(['reached', 'reached'])
    expect(counted()).toMatchObject({ [`staged ${action}: tier default, snp:shop/${name} rule 0`]: 2 })
  }
  await leaveNothing()
  expect(await connectBoth()).toEqual(['reached', 'reached'])
  const { stdout } = await lab.runInNode(node, 'nft', ['list', 'table', 'inet', 'margay'])
  expect(stdout).not.toContain('staged')
})

describe('of a host endpoint', () => {
  const edge = v3('HostEndpoint', 'edge', {
    ...{ node: 'node-1', interfaceName: 'ext-client' },
    profiles: ['projectcalico-default-allow'],
  })
  const staged = (spec: object) =>
    v3('StagedGlobalNetworkPolicy', 'edge', { selector: '!has(app)', ingress: [{ action: 'Deny' }], ...spec })

  test('what comes to the node', async () => {
    agent.enforce([...world, edge, staged({ types: ['Ingress'] })])
    expect(await Promise.all(node.ips.map((ip) => connect(client, ip)))).toEqual(
      node.ips.map(() => 'reached'),
    )
    expect(counted()).toEqual({ 'staged Deny: tier default, sgnp:edge rule 0': node.ips.length })
  })

  test('what is forwarded, where nothing enforced is about that', async () => {
    agent.enforce([...world, edge, staged({ types: ['Ingress'], applyOnForward: true })])
    const { ips } = lab.pod('shop', 'db')
    expect(await Promise.all(ips.map((ip) => connect(client, ip)))).toEqual(['reached', 'reached'])
    expect(counted()).toEqual({ 'staged Deny: tier default, sgnp:edge rule 0': 2 })
  })
})
