/** What the agent keeps as it should be besides policy, in a lab's node, with the real kernel and real packets. */
import { readFileSync, writeFileSync } from 'node:fs'
import { defaultHostSettings, HostPlumber, type LocalEndpoint, NetlinkHost } from '@margay/agent'
import { createLab, type Lab, type LabNode, type LabPod } from '@margay/lab'
import { inNetworkNamespace } from '@margay/netlink'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { withinASecond } from './within-a-second.ts'

let lab: Lab
let node: LabNode
let pods: readonly LabPod[]
let kernel: NetlinkHost
let plumber: HostPlumber
let lines: string[]

const podSpec = (index: number) => ({
  node: 'a',
  namespace: 'shop',
  name: `pod-${index}`,
  ips: [`10.77.0.${index}`, `fd77::${index}`],
  interfaceName: `cali${index}`,
})

beforeEach(async () => {
  lab = await createLab({ name: `plumbing${process.pid}` })
  node = await lab.addNode('a')
  pods = await lab.addPods([podSpec(1), podSpec(2)])
  lines = []
  kernel = new NetlinkHost(node.netns)
  plumber = newPlumber()
})
afterEach(async () => {
  plumber.stop()
  kernel.close()
  await lab.close()
})

function newPlumber(settings: Partial<typeof defaultHostSettings> = {}): HostPlumber {
  return new HostPlumber({
    kernel,
    clock: {
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    },
    nowMs: () => performance.now(),
    settings: { ...defaultHostSettings, ...settings },
    log: (line) => lines.push(line),
  })
}

function endpointOf({ namespace, name, interfaceName, ips }: LabPod): LocalEndpoint {
  return { key: `${namespace}/${name}`, interfaceName, addresses: ips }
}

const on = (endpoints: readonly LocalEndpoint[]) => ({
  endpoints,
  interfacePrefixes: ['cali'],
  forwards: true,
  removesExternalRoutes: true,
})
const endpoints = () => pods.map(endpointOf)

/** As desired: nothing is left to do. */
function expectMended(wanted: readonly LocalEndpoint[] = endpoints()): Promise<void> {
  return until(() => expect(plumber.plan(on(wanted)).changes).toEqual([]))
}

/** However busy the machine is; what the agent promises within a second is in `withinASecond`. */
function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 20 })
}

function sysctl(path: string, value?: string): string {
  return inNetworkNamespace(node.netns, () => {
    if (value !== undefined) writeFileSync(`/proc/sys/${path}`, value)
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim()
  })
}

const ip = async (...args: string[]) => (await lab.runInNode(node, 'ip', args)).stdout

test('a node as a network plugin leaves it lacks settings only, and then nothing', async () => {
  const plan = plumber.plan(on(endpoints())).changes
  expect(plan.filter((line) => !line.startsWith('set net/'))).toEqual([])
  expect(plan).toContain('set net/ipv4/conf/cali1/route_localnet to 1 (is 0)')
  expect(plan).toContain('set net/ipv6/conf/cali2/proxy_ndp to 1 (is 0)')
  expect(sysctl('net/ipv4/conf/cali1/route_localnet')).toBe('0')
  plumber.desire(on(endpoints()))
  await expectMended()
  expect(sysctl('net/ipv4/conf/cali1/route_localnet')).toBe('1')
  expect(lines).toEqual([])
})

test.each([
  ['net/ipv4/conf/cali1/rp_filter', '0'],
  ['net/ipv4/conf/cali1/proxy_arp', '0'],
  ['net/ipv4/conf/cali1/forwarding', '0'],
  ['net/ipv6/conf/cali1/forwarding', '0'],
  ['net/ipv6/conf/cali1/proxy_ndp', '0'],
  ['net/ipv4/ip_forward', '0'],
])('%s is mended within a second', async (path, wrong) => {
  plumber.desire(on(endpoints()))
  await expectMended()
  const right = sysctl(path)
  await withinASecond(async () => {
    expect(sysctl(path, wrong)).not.toBe(right)
    await expectMended()
  })
  expect(sysctl(path)).toBe(right)
})

test('settings that the kernel does not tell of are mended with the next thing that happens there', async () => {
  plumber.desire(on(endpoints()))
  await expectMended()
  sysctl('net/ipv6/conf/cali1/accept_ra', '2')
  await ip('link', 'set', 'cali1', 'mtu', '1400')
  await expectMended()
  expect(sysctl('net/ipv6/conf/cali1/accept_ra')).toBe('0')
})

test('routes and neighbours that somebody deletes come back within a second, and packets with them', async () => {
  plumber.desire(on(endpoints()))
  await expectMended()
  await lab.serve(pods, { tcp: [80] })
  await withinASecond(async () => {
    await ip('route', 'del', '10.77.0.1/32')
    await ip('-6', 'route', 'del', 'fd77::1/128')
    await ip('neigh', 'del', '10.77.0.1', 'dev', 'cali1')
    await expectMended()
  })
  const [mac] = /02:6d:\S+/.exec(await ip('neigh', 'show', '10.77.0.1')) ?? []
  expect(mac).toBe('02:6d:00:00:00:00')
  for (const to of ['10.77.0.1', 'fd77::1'])
    expect(await lab.probe({ from: node, to, protocol: 'TCP', port: 80 })).toMatchObject({
      outcome: 'reached',
    })
})

test('an interface that goes down and up, or away and back, is as before', async () => {
  plumber.desire(on(endpoints()))
  await expectMended()
  await ip('link', 'set', 'cali1', 'down')
  await ip('link', 'set', 'cali1', 'up')
  await expectMended()
  expect(await ip('route', 'show', 'dev', 'cali1')).toContain('10.77.0.1')
  await ip('link', 'del', 'cali1')
  await until(() => expect(plumber.plan(on(endpoints())).changes).toEqual([]))
  await ip('link', 'add', 'cali1', 'type', 'veth', 'peer', 'name', 'back', 'address', '02:00:00:00:00:99')
  await ip('link', 'set', 'cali1', 'up')
  await expectMended()
  expect(await ip('route', 'show', 'dev', 'cali1')).toContain('10.77.0.1')
  expect(await ip('neigh', 'show', '10.77.0.1')).toContain('02:00:00:00:00:99')
  expect(lines).toEqual([])
})

test('an interface that comes after its pod’s record is plumbed when it comes', async () => {
  const late = endpointOf({ ...podSpec(3), kind: 'pod', netns: '' })
  plumber.desire(on([...endpoints(), late]))
  await expectMended()
  await lab.addPod(podSpec(3))
  await expectMended([...endpoints(), late])
  expect(sysctl('net/ipv4/conf/cali3/route_localnet')).toBe('1')
})

test('unknown routes on pods’ interfaces go after the grace period; routes of other interfaces never', async () => {
  plumber.stop()
  plumber = newPlumber({ graceMs: 400 })
  plumber.desire(on(endpoints()))
  await expectMended()
  await ip('route', 'add', '10.98.0.0/16', 'dev', 'eth0')
  const addedAt = performance.now()
  await ip('route', 'add', '10.99.0.0/16', 'dev', 'cali1')
  await until(async () => expect(await ip('route', 'show', '10.99.0.0/16')).toBe(''))
  expect(performance.now() - addedAt).toBeGreaterThan(400)
  expect(await ip('route', 'show', '10.98.0.0/16')).toContain('eth0')
  expect(await ip('route', 'show', '198.18.0.0/16')).toContain('eth0')
})

test('unknown routes stay where removeExternalRoutes is false, and go once it is true again', async () => {
  plumber.stop()
  plumber = newPlumber({ graceMs: 0 })
  const left = { ...on(endpoints()), removesExternalRoutes: false }
  plumber.desire(left)
  await until(() => expect(plumber.plan(left).changes).toEqual([]))
  await ip('route', 'add', '10.99.0.0/16', 'dev', 'cali1')
  await ip('route', 'del', '10.77.0.1/32')
  await until(async () => expect(await ip('route', 'show', '10.77.0.1')).toContain('cali1'))
  expect(await ip('route', 'show', '10.99.0.0/16')).toContain('cali1')
  plumber.desire(on(endpoints()))
  await until(async () => expect(await ip('route', 'show', '10.99.0.0/16')).toBe(''))
})

test('forwarding of the node is left alone where ipForwarding is Disabled, and set once it is Enabled', async () => {
  sysctl('net/ipv4/ip_forward', '0')
  sysctl('net/ipv6/conf/all/forwarding', '0')
  const left = { ...on(endpoints()), forwards: false }
  plumber.desire(left)
  await until(() => expect(plumber.plan(left).changes).toEqual([]))
  expect([sysctl('net/ipv4/ip_forward'), sysctl('net/ipv6/conf/all/forwarding')]).toEqual(['0', '0'])
  expect(sysctl('net/ipv4/conf/cali1/forwarding')).toBe('1')
  plumber.desire(on(endpoints()))
  await expectMended()
  expect([sysctl('net/ipv4/ip_forward'), sysctl('net/ipv6/conf/all/forwarding')]).toEqual(['1', '1'])
})

test('a route of another interface that is in the way is reported and left alone', async () => {
  await ip('route', 'del', '10.77.0.1/32')
  await ip('route', 'add', '10.77.0.1/32', 'dev', 'eth0')
  plumber.desire(on(endpoints()))
  await until(() => expect(lines).toHaveLength(1))
  expect(lines[0]).toMatch(/^cali1: can't add route 10\.77\.0\.1\/32 dev cali1: .*EEXIST/)
  expect(sysctl('net/ipv4/conf/cali2/route_localnet')).toBe('1')
  expect(await ip('route', 'show', '10.77.0.1')).toContain('eth0')
  await ip('route', 'del', '10.77.0.1/32')
  await until(async () => expect(await ip('route', 'show', '10.77.0.1')).toContain('cali1'))
})

test('a route that somebody replaced by one to another link is noticed, although only the new one is told of', async () => {
  plumber.desire(on(endpoints()))
  await expectMended()
  await ip('route', 'replace', '10.77.0.2/32', 'dev', 'cali1', 'scope', 'link')
  await expectMended()
  expect(await ip('route', 'show', '10.77.0.2')).toContain('cali2')
  await ip('route', 'replace', '10.77.0.1/32', 'dev', 'eth0')
  await until(() => expect(lines).toEqual([expect.stringMatching(/^cali1: can't add route .*EEXIST/)]))
})

test('when an address leaves a workload, its route, neighbour and connections go, and those of others stay', async () => {
  const rules =
    'table inet test { chain forward { type filter hook forward priority 0; ct state new accept; }; }'
  await lab.runInNode(node, 'nft', ['-f', '-'], rules)
  await lab.serve(pods, { udp: [53] })
  const [first, second] = pods
  if (first === undefined || second === undefined) throw new Error('pods are missing')
  plumber.desire(on(endpoints()))
  await expectMended()
  await lab.probe({ from: first, to: '10.77.0.2', protocol: 'UDP', port: 53 })
  await lab.probe({ from: second, to: 'fd77::2', protocol: 'UDP', port: 53 })
  await lab.probe({ from: node, to: '10.77.0.2', protocol: 'UDP', port: 53 })
  const connections = async () => (await lab.runInNode(node, 'conntrack', ['-L', '-p', 'udp'])).stdout
  expect(await connections()).toContain('10.77.0.1')
  plumber.desire(on([{ ...endpointOf(first), addresses: ['fd77::1'] }, endpointOf(second)]))
  await until(async () => expect(await connections()).not.toContain('10.77.0.1'))
  expect(await connections()).toContain('10.77.0.2')
  expect(await ip('route', 'show', '10.77.0.1')).toBe('')
  expect(await ip('neigh', 'show', '10.77.0.1')).toBe('')
  expect(await ip('-6', 'route', 'show', 'fd77::1')).toContain('cali1')
})

test('an address that moves to another pod leads there, and no connection of the old holder does', async () => {
  const rules =
    'table inet test { chain forward { type filter hook forward priority 0; ct state new accept; }; }'
  await lab.runInNode(node, 'nft', ['-f', '-'], rules)
  const [first, second] = pods
  if (first === undefined || second === undefined) throw new Error('pods are missing')
  await lab.serve([second], { udp: [53] })
  plumber.desire(on(endpoints()))
  await expectMended()
  await lab.probe({ from: first, to: '10.77.0.2', protocol: 'UDP', port: 53 })
  const moved = { ...endpointOf(second), addresses: [...second.ips, '10.77.0.1'] }
  plumber.desire(on([{ ...endpointOf(first), addresses: ['fd77::1'] }, moved]))
  await until(async () => expect(await ip('route', 'show', '10.77.0.1')).toContain('cali2'))
  const { stdout } = await lab.runInNode(node, 'conntrack', ['-L', '-p', 'udp'])
  expect(stdout).not.toContain('10.77.0.1')
})

describe('bandwidth', () => {
  const bandwidth = { bitsPerSecond: 8_000_000, burstBits: 200_000, peak: undefined }
  const limited = () =>
    pods.map((pod, index) => ({
      ...endpointOf(pod),
      ...(index === 0 ? { bandwidth: { ingress: bandwidth, egress: bandwidth } } : {}),
    }))

  /** Sends as fast as it can for a while, and says how many bits of data arrived a second. */
  async function throughput(from: LabPod, to: LabPod): Promise<number> {
    const receiver = lab.runInNode(to, 'python3', ['-c', receive, '1'])
    await lab.runInNode(from, 'python3', ['-c', send, to.ips[0] ?? '', '1'])
    return Number((await receiver).stdout) * 8
  }

  test('holds in both directions, comes back when it is taken away, and goes with the wish for it', async () => {
    const [first, second] = pods
    if (first === undefined || second === undefined) throw new Error('pods are missing')
    plumber.desire(on(limited()))
    await expectMended(limited())
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      const bitsPerSecond = await throughput(from, to)
      expect(bitsPerSecond).toBeGreaterThan(4_000_000)
      expect(bitsPerSecond).toBeLessThan(9_000_000)
    }
    await ip('link', 'del', 'mgbwcali1')
    await expectMended(limited())
    plumber.desire(on(endpoints()))
    await expectMended()
    expect(await ip('link')).not.toContain('mgbwcali1')
    expect(await throughput(first, second)).toBeGreaterThan(50_000_000)
  })

  test('does not hide from rules which pod a packet comes from', async () => {
    const [first, second] = pods
    if (first === undefined || second === undefined) throw new Error('pods are missing')
    await lab.serve(pods, { tcp: [80] })
    plumber.desire(on(limited()))
    await expectMended(limited())
    const probe = (from: LabPod, to: LabPod) =>
      lab.probe({ from, to: to.ips[0] ?? '', protocol: 'TCP', port: 80, timeoutMs: 300 })
    expect((await probe(first, second)).outcome).toBe('reached')
    const rules =
      'table inet test { chain raw { type filter hook prerouting priority -300; iifname "cali1" drop; }; }'
    await lab.runInNode(node, 'nft', ['-f', '-'], rules)
    expect((await probe(first, second)).outcome).toBe('blocked')
    expect((await probe(second, second)).outcome).toBe('reached')
  })

  test('leaves nothing behind when the interface goes', async () => {
    plumber.desire(on(limited()))
    await expectMended(limited())
    expect(await ip('link')).toContain('mgbwcali1')
    await ip('link', 'del', 'cali1')
    await until(async () => expect(await ip('link')).not.toContain('mgbwcali1'))
  })
})

const receive = `
import socket, sys, time
s = socket.create_server(('', 5001)); c, _ = s.accept()
total, start = 0, time.time()
while time.time() < start + float(sys.argv[1]):
    data = c.recv(1 << 20)
    if not data: break
    total += len(data)
print(total / (time.time() - start))`
const send = `
import socket, sys, time
def connected():
    try: return socket.create_connection((sys.argv[1], 5001))
    except ConnectionRefusedError: time.sleep(0.02)
while not (c := connected()): pass
c.settimeout(0.2)
end = time.time() + float(sys.argv[2])
while time.time() < end:
    try: c.send(bytes(65536))
    except (TimeoutError, ConnectionError): pass`

test('whatever is done to pods’ interfaces, in whatever order, a second later all is as it should be', async () => {
  plumber.stop()
  plumber = newPlumber({ graceMs: 0 })
  const numbers = [3, 4, 5]
  const here = new Map<number, LabPod>()
  const deeds = [
    ...numbers.flatMap((index) => [
      () => ip('link', 'set', `cali${index}`, 'down'),
      () => ip('link', 'set', `cali${index}`, 'up'),
      () => ip('route', 'flush', 'dev', `cali${index}`),
      () => ip('neigh', 'flush', 'dev', `cali${index}`, 'nud', 'permanent'),
      () => ip('route', 'replace', `10.77.0.${index}/32`, 'dev', `cali${numbers[0]}`),
      () => sysctl(`net/ipv4/conf/cali${index}/rp_filter`, '0'),
      () => sysctl(`net/ipv6/conf/cali${index}/forwarding`, '0'),
    ]),
    () => sysctl('net/ipv6/conf/all/forwarding', '0'),
  ]
  const comeOrGo = async (index: number) => {
    const pod = here.get(index)
    if (pod === undefined) here.set(index, await lab.addPod(podSpec(index)))
    else await lab.removePod(pod)
    if (pod !== undefined) here.delete(index)
  }
  const wanted = () => [...endpoints(), ...[...here.values()].map(endpointOf)]
  for (let round = 0; round < 20; round++) {
    for (const index of numbers) if (randomBelow(3) === 0) await comeOrGo(index)
    plumber.desire(on(wanted()))
    for (let count = randomBelow(6); count > 0; count--) {
      // Half of them meet an interface that is not there.
      await Promise.resolve()
        .then(deeds[randomBelow(deeds.length)])
        .catch(() => {})
    }
    for (const index of here.keys()) await ip('link', 'set', `cali${index}`, 'up')
    await expectMended(wanted())
  }
}, 60_000)

let seed = 20_261_126
/** A number from 0 to below `limit`, the same in every run. */
function randomBelow(limit: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return Math.floor((seed / 2 ** 31) * limit)
}

test('after its end the node stays as it is', async () => {
  plumber.desire(on(endpoints()))
  await expectMended()
  plumber.stop()
  await ip('route', 'del', '10.77.0.1/32')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await ip('route', 'show', '10.77.0.1')).toBe('')
  expect(sysctl('net/ipv4/conf/cali1/route_localnet')).toBe('1')
})
