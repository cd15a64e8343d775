import { type Batch, defaultCompileOptions, table } from '@margay/dataplane'
import { formatChange } from '@margay/netlink/nftables'
import type { ResourceObject } from '@margay/resources'
import { FakeApi } from '@margay/testkit'
import { afterEach, expect, test, vi } from 'vitest'
import { Agent, type EnforcedReport } from './agent.ts'
import type { EncryptedWorkloads } from './encryption/encryption.ts'
import type { NodeWorkloads } from './host/desired-host.ts'
import type { InterfaceView } from './host/node-interfaces.ts'
import { FakeNft } from './testing/fake-nft.ts'

const namespace: ResourceObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
const pod: ResourceObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'web', labels: { app: 'web' } },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
}
const policy = (name: string, spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name },
  spec,
})

const running: Agent[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((agent) => agent.stop()))
})

/** The first ruleset is compiled by code that has not run before, and other programs may use the machine. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

const noInterfaces: InterfaceView = { interfaces: [], linkLocals: new Map() }

function startAgent(api: FakeApi, driver: FakeNft, interfaces = () => noInterfaces) {
  const reports: EnforcedReport[] = []
  const lines: string[] = []
  const failures: string[] = []
  const retries: (() => void)[] = []
  const tidyings: (() => void)[] = []
  /** Of informers, after their first failure. */
  const wakes: (() => void)[] = []
  const plumbed: NodeWorkloads[] = []
  const encrypted: EncryptedWorkloads[] = []
  const agent = new Agent({
    nodeName: 'n1',
    client: api,
    driver,
    interfaces,
    host: { desire: (workloads) => plumbed.push(workloads) },
    encryption: { desire: (workloads) => encrypted.push(workloads), nodesChanged: () => undefined },
    clock: {
      now: () => new Date(0),
      after: (ms, callback) => {
        if (ms === 1000) retries.push(callback)
        if (ms === 200) tidyings.push(callback)
        if (ms === 250) wakes.push(callback)
        return () => {}
      },
    },
    random: () => 0,
    compile: defaultCompileOptions,
    log: (line) => lines.push(line),
    onEnforced: (report) => reports.push(report),
    onFailed: (message) => failures.push(message),
  })
  running.push(agent)
  agent.start()
  return { agent, reports, lines, failures, retries, tidyings, wakes, plumbed, encrypted }
}

/** What a batch does, for tests to look into. */
function textOf(batch: Batch | undefined): string {
  return (batch ?? []).map(formatChange).join('\n')
}

test('the first state is made ready, and then takes the place of what an earlier process left, which goes later', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  const old = { chain: { name: 'old' }, rules: [] }
  driver.found = [{ table: table('inet'), chains: new Map([['old', old]]), sets: new Map() }]
  for (const object of [namespace, pod]) api.put(object)
  const { reports, tidyings } = startAgent(api, driver)
  await until(() => expect(reports).toHaveLength(1))
  expect(reports[0]).toMatchObject({ localEndpoints: 1, changed: true })
  expect(driver.batches).toHaveLength(2)
  tidyings.shift()?.()
  expect(textOf(driver.batches[0])).not.toContain('chain "forward"')
  expect(textOf(driver.batches[1])).not.toContain('"old"')
  expect(textOf(driver.batches[2])).toContain('delete chain "old"')
})

test('the first state is compiled as one: no pod of it was under other policy before', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  const other: ResourceObject = {
    ...pod,
    metadata: { namespace: 'shop', name: 'db', labels: { app: 'db' } },
    status: { phase: 'Running', podIPs: [{ ip: '10.65.0.9' }] },
  }
  const deny = policy('deny', { selector: "app == 'web'", ingress: [{ action: 'Deny' }] })
  for (const object of [namespace, pod, other, deny]) api.put(object)
  startAgent(api, driver)
  await until(() => expect(driver.batches).toHaveLength(1))
  expect(textOf(driver.batches[0])).toContain('to set "to-pods-4" of')
  expect(textOf(driver.batches[0])).not.toMatch(/"to-pods-4\.\d+"/)
})

test('a change sends only what differs', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  for (const object of [namespace, pod]) api.put(object)
  startAgent(api, driver)
  await until(() => expect(driver.batches).toHaveLength(1))
  api.put(policy('deny', { selector: "app == 'web'", ingress: [{ action: 'Deny' }] }))
  await until(() => expect(driver.batches).toHaveLength(2))
  const change = textOf(driver.batches[1])
  expect(change).toContain('np:shop/deny rule 0: Deny')
  expect(change).toMatch(/replace the rules of chain "to-4-[0-9a-f]+" .* goto ingress-4-/)
  expect(change).not.toContain('add table')
})

test('what fails is tried again, from what the kernel then holds', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  driver.failures = 1
  for (const object of [namespace, pod]) api.put(object)
  const { agent, lines, failures, retries } = startAgent(api, driver)
  await until(() => expect(lines).toEqual(['nftables: busy; trying again in 1000 ms']))
  expect(failures).toEqual(['nftables: busy'])
  expect(agent.enforcedRevision).toBeUndefined()
  expect(driver.batches).toHaveLength(0)
  retries.shift()?.()
  await until(() => expect(driver.batches).toHaveLength(1))
  expect(driver.reads).toBe(2)
  expect(agent.enforcedRevision).toBe('2')
})

test('what others do to our tables is undone, and who it was is said', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  for (const object of [namespace, pod]) api.put(object)
  const { lines, reports } = startAgent(api, driver)
  await until(() => expect(driver.batches).toHaveLength(1))
  driver.tamper('nft (process 7)')
  await until(() => expect(reports).toHaveLength(2))
  expect(lines).toEqual(['nft (process 7) changed our tables; they are mended'])
  expect(driver.reads).toBe(2)
  expect(driver.batches).toHaveLength(2)
})

test('what others do before the agent watches is found by reading once more', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  for (const object of [namespace, pod]) api.put(object)
  const watch = driver.watch.bind(driver)
  driver.watch = (tables, onChange) => {
    driver.foreignChanges++
    return watch(tables, onChange)
  }
  const { lines, reports } = startAgent(api, driver)
  await until(() => expect(reports).toHaveLength(2))
  expect(driver.reads).toBe(2)
  expect(lines).toEqual([])
})

test('the pods of this node are plumbed once policy for them is in force, and no others', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  driver.failures = 1
  const elsewhere: ResourceObject = {
    ...pod,
    metadata: { namespace: 'shop', name: 'far' },
    spec: { nodeName: 'n2', containers: [{ name: 'c', image: 'i' }] },
  }
  for (const object of [namespace, pod, elsewhere]) api.put(object)
  const { lines, plumbed, retries } = startAgent(api, driver)
  await until(() => expect(lines).toHaveLength(1))
  expect(plumbed).toEqual([])
  retries.shift()?.()
  await until(() =>
    expect(plumbed).toEqual([
      {
        endpoints: [
          {
            key: 'shop/web',
            interfaceName: expect.stringMatching(/^cali/),
            addresses: ['10.0.0.1'],
            allowedSourcePrefixes: [],
          },
        ],
        interfacePrefixes: ['cali'],
        forwards: true,
        removesExternalRoutes: true,
      },
    ]),
  )
})

test('a policy that is not understood denies, is reported, and the rest goes on', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  const broken = policy('new', { selector: "app == 'web'", ingress: [{ action: 'Allow', protocol: 'QUIC' }] })
  for (const object of [namespace, pod, broken]) api.put(object)
  const { lines, reports } = startAgent(api, driver)
  await until(() => expect(reports).toHaveLength(1))
  expect(textOf(driver.batches[0])).toContain('drop comment "np:shop/new rule 0: Deny"')
  expect(lines).toEqual([
    expect.stringMatching(/NetworkPolicy shop\/new: spec\.ingress\[0\]\.protocol: .*; it denies instead$/),
  ])
  expect(reports[0]?.problems).toEqual(lines)
})

test('the heartbeat of a node is no reason to compile again, its address is', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  const node = (time: string, address: string): ResourceObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time }],
    },
  })
  for (const object of [namespace, pod, node('1', '10.0.0.9')]) api.put(object)
  const { agent, reports } = startAgent(api, driver)
  await until(() => expect(reports).toHaveLength(1))
  api.put(node('2', '10.0.0.9'))
  await until(() => expect(agent.enforcedRevision).toBe('4'))
  expect(reports).toHaveLength(1)
  api.put(node('3', '10.0.0.8'))
  await until(() => expect(reports).toHaveLength(2))
})

test('a device that went and came again, with which the kernel lost our hook, is hooked again', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  const v3 = (kind: string, spec: object): ResourceObject => ({
    apiVersion: 'projectcalico.org/v3',
    kind,
    metadata: { name: 'edge' },
    spec,
  })
  api.put(v3('HostEndpoint', { node: 'n1', interfaceName: 'eth0' }))
  api.put(
    v3('GlobalNetworkPolicy', { doNotTrack: true, applyOnForward: true, ingress: [{ action: 'Deny' }] }),
  )
  let index = 2
  const device = () => ({ name: 'eth0', index, handsOn: false, addresses: [] })
  const { agent, reports } = startAgent(api, driver, () => ({ ...noInterfaces, interfaces: [device()] }))
  await until(() => expect(reports).toHaveLength(1))
  agent.interfacesChanged()
  await until(() => expect(reports).toHaveLength(2))
  expect(driver.reads).toBe(1)
  index = 7
  agent.interfacesChanged()
  await until(() => expect(reports).toHaveLength(3))
  expect(driver.reads).toBe(2)
  expect(textOf(driver.batches.at(-1))).toContain('add chain "ingress" to table netdev margay')
})

const staged = (name: string, spec: object): ResourceObject => ({
  ...policy(name, spec),
  kind: 'StagedNetworkPolicy',
})

test('a staged policy is counted, and everything else stays as it is', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  for (const object of [namespace, pod]) api.put(object)
  startAgent(api, driver)
  await until(() => expect(driver.batches).toHaveLength(1))
  api.put(staged('deny', { selector: "app == 'web'", ingress: [{ action: 'Deny' }] }))
  await until(() => expect(driver.batches).toHaveLength(2))
  const change = textOf(driver.batches[1])
  expect(change).toContain('counter return comment "staged Deny: tier default, snp:shop/deny rule 0"')
  expect(change).toMatch(/replace the rules of chain "to-4-[0-9a-f]+" .* jump staged-ingress-4-/)
})

test('where a server refuses staged policies, everything else is enforced, and they are counted once it does not', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  api.refused = ['StagedNetworkPolicy']
  const deny = staged('deny', { selector: "app == 'web'", ingress: [{ action: 'Deny' }] })
  for (const object of [namespace, pod, deny]) api.put(object)
  const { lines, retries, wakes } = startAgent(api, driver)
  await until(() => expect(driver.batches).toHaveLength(1))
  expect(lines).toEqual([expect.stringContaining('stagednetworkpolicies: forbidden')])
  expect(retries).toEqual([])
  api.refused = []
  for (const wake of wakes.splice(0)) wake()
  await until(() => expect(driver.batches).toHaveLength(2))
  expect(textOf(driver.batches[1])).toContain('snp:shop/deny rule 0')
})

test.each(['absent', 'refused'] as const)(
  'where a server has no Installations for the agent, being %s, everything else is enforced',
  async (how) => {
    const [api, driver] = [new FakeApi(), new FakeNft()]
    api[how] = ['Installation']
    for (const object of [namespace, pod]) api.put(object)
    const { lines } = startAgent(api, driver)
    await until(() => expect(driver.batches).toHaveLength(1))
    expect(lines).toEqual([expect.stringContaining('installations: ')])
  },
)

test('where a server can not say whether packets are to be encrypted, nothing is changed until it can', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  api.overloaded = ['Installation']
  for (const object of [namespace, pod]) api.put(object)
  const { lines, wakes } = startAgent(api, driver)
  await until(() => expect(lines).toHaveLength(1))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(driver.batches).toEqual([])
  api.overloaded = []
  for (const wake of wakes.splice(0)) wake()
  await until(() => expect(driver.batches).toHaveLength(1))
})

test('where a server refuses a kind that decides, nothing is changed', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  api.refused = ['GlobalNetworkPolicy']
  for (const object of [namespace, pod]) api.put(object)
  const { lines } = startAgent(api, driver)
  await until(() => expect(lines).toHaveLength(1))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(driver.batches).toEqual([])
})

test('pods that came while policy could not be enforced were never told to encryption', async () => {
  const [api, driver] = [new FakeApi(), new FakeNft()]
  for (const object of [namespace, pod]) api.put(object)
  const { encrypted, lines, retries } = startAgent(api, driver)
  await until(() => expect(encrypted).toHaveLength(1))
  expect(encrypted[0]?.isPartial).toBe(false)
  driver.failures = 1
  api.put({ ...pod, metadata: { namespace: 'shop', name: 'more' } })
  await until(() => expect(lines).toHaveLength(1))
  retries.shift()?.()
  await until(() => expect(encrypted).toHaveLength(2))
  expect(encrypted[1]?.isPartial).toBe(true)
  expect([...(encrypted[1]?.endpoints() ?? [])].map(({ name }) => name).sort()).toEqual(['more', 'web'])
})
