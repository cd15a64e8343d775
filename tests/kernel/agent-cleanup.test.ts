/** Cleaning up takes what is ours, and leaves others' things as they are, byte for byte. In a lab's node, with the real kernel. */
import {
  cleanUpNode,
  defaultHostSettings,
  Enforcer,
  HostPlumber,
  type LocalEndpoint,
  NetlinkDriver,
  NetlinkHost,
} from '@margay/agent'
import { table } from '@margay/dataplane'
import { createLab, type Lab, type LabNode, type LabPod } from '@margay/lab'
import type { Ruleset } from '@margay/netlink/nftables'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sample } from '../../packages/netlink/src/nftables/samples.testkit.ts'

let lab: Lab
let node: LabNode
let pods: readonly LabPod[]
beforeEach(async () => {
  lab = await createLab({ name: `cleanup${process.pid}` })
  node = await lab.addNode('a')
  pods = await lab.addPods(
    [1, 2].map((index) => ({
      node: 'a',
      namespace: 'shop',
      name: `pod-${index}`,
      ips: [`10.77.0.${index}`, `fd77::${index}`],
      interfaceName: `cali${index}`,
    })),
  )
  await makeForeignThings()
})
afterEach(() => lab.close())

const run = async (command: string, ...args: string[]) => (await lab.runInNode(node, command, args)).stdout

/** What lives beside us: other tables, also of our name in another family; links like ours; routes; shaping. */
async function makeForeignThings(): Promise<void> {
  await run('nft', foreignTables)
  await run('ip', 'link', 'add', 'mgbwbridge', 'type', 'bridge')
  await run('ip', 'link', 'add', 'ifb-theirs', 'type', 'ifb')
  for (const name of ['mgbwbridge', 'ifb-theirs']) await run('ip', 'link', 'set', name, 'up')
  await run('ip', 'route', 'add', '192.0.2.0/24', 'dev', 'mgbwbridge', 'proto', '78')
  await run('ip', '-6', 'route', 'add', '2001:db8::/64', 'dev', 'mgbwbridge', 'proto', 'static')
  await run('ip', 'route', 'add', '198.51.100.0/24', 'dev', 'cali2', 'proto', '77', 'table', '100')
  await run('tc', 'qdisc', 'add', 'dev', 'mgbwbridge', 'root', 'handle', '1:', 'pfifo', 'limit', '77')
  await run('tc', 'qdisc', 'add', 'dev', 'cali2', 'ingress')
  const redirect = 'u32 match u32 0 0 action mirred egress redirect dev ifb-theirs'
  await run('tc', 'filter', 'add', 'dev', 'cali2', 'ingress', ...redirect.split(' '))
}

const foreignTables = `add table ip margay; add chain ip margay c; add rule ip margay c accept;
  add table inet firewalld; add set inet firewalld s { type ipv4_addr; }; add element inet firewalld s { 10.0.0.1 };
  add chain inet firewalld c { type filter hook input priority 10; }; add rule inet firewalld c ip saddr @s accept`

/** Without what changes by itself: timers of a bridge, addresses that are still tried, counts of packets. */
async function everything(): Promise<string> {
  const listed = await Promise.all([
    run('nft', '-s', 'list', 'ruleset'),
    run('ip', 'link'),
    run('ip', '-4', 'address'),
    run('ip', 'route', 'show', 'table', 'all'),
    run('ip', '-6', 'route', 'show', 'table', 'all'),
    run('ip', 'rule'),
    run('sysctl', 'net.ipv4.conf.lo.tag'),
    run('tc', 'qdisc'),
    run('tc', 'filter', 'show', 'dev', 'cali2', 'ingress'),
  ])
  return listed.join('\n---\n')
}

const desired: Ruleset = [
  { ...sample, table: table('inet') },
  { table: table('arp'), sets: new Map(), chains: new Map() },
  { table: table('netdev'), sets: new Map(), chains: new Map() },
]

const rate = { bitsPerSecond: 8_000_000, burstBits: 800_000, peak: undefined }

/** The first has limits, and is without the routes of the network plugin, so that the agent makes them. */
function endpoints(): LocalEndpoint[] {
  return pods.map(({ namespace, name, interfaceName, ips }, index) => ({
    key: `${namespace}/${name}`,
    interfaceName,
    addresses: ips,
    ...(index === 0 && { bandwidth: { ingress: rate, egress: rate } }),
  }))
}

/** As an agent does, which then is killed. */
async function enforceAndPlumb(): Promise<void> {
  const driver = new NetlinkDriver(node.netns)
  const kernel = new NetlinkHost(node.netns)
  const plumber = new HostPlumber({
    kernel,
    clock: { after: () => () => undefined },
    nowMs: () => performance.now(),
    settings: defaultHostSettings,
    log: (line) => expect.fail(line),
  })
  new Enforcer(driver).enforce(desired)
  const workloads = {
    endpoints: endpoints(),
    interfacePrefixes: ['cali'],
    forwards: true,
    removesExternalRoutes: true,
  }
  plumber.desire(workloads)
  await vi.waitFor(() => expect(plumber.plan(workloads).changes).toEqual([]), { timeout: 20_000 })
  plumber.stop()
  kernel.close()
  driver.close()
}

const ours = [
  'table inet margay',
  'table arp margay',
  'table netdev margay',
  'limit of packets from cali1',
  'limit of packets to cali1',
  'link mgbwcali1',
  'route 10.77.0.1/32 dev cali1',
  'route fd77::1/128 dev cali1',
  'mark net/ipv4/conf/lo/tag',
]

test('what is ours goes, with what others put into it, all that is not ours is as before, and a second time there is nothing to do', async () => {
  await run('ip', 'route', 'del', '10.77.0.1/32')
  await run('ip', '-6', 'route', 'del', 'fd77::1/128')
  const before = await everything()
  await enforceAndPlumb()
  await run('nft', 'add counter inet margay theirs; add rule inet margay early counter name theirs')
  const enforced = await everything()
  expect(enforced).toContain('mgbwcali1')
  const { netns } = node
  expect(await cleanUpNode({ netns, isPlan: true })).toEqual({ removed: ours, failures: [] })
  expect(await everything()).toBe(enforced)
  expect(await cleanUpNode({ netns, isPlan: false })).toEqual({ removed: ours, failures: [] })
  expect(await everything()).toBe(before)
  expect(await cleanUpNode({ netns, isPlan: false })).toEqual({ removed: [], failures: [] })
})

test('packets of a pod whose limit is taken away pass, rather than be sent to a link that is gone', async () => {
  await enforceAndPlumb()
  const [first, second] = pods
  if (first === undefined || second === undefined) throw new Error('no pods')
  await lab.runInNode(node, 'nft', ['delete', 'table', 'inet', 'margay'])
  await lab.serve([second], { tcp: [80] })
  await cleanUpNode({ netns: node.netns, isPlan: false })
  const probe = await lab.probe({ from: first, to: '10.77.0.2', protocol: 'TCP', port: 80 })
  expect(probe).toMatchObject({ outcome: 'reached' })
})
