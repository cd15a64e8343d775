/** The connections of a node, read and deleted by netlink, compared with conntrack(8). */
import { createLab, type Lab, type LabNode, type LabPod } from '@margay/lab'
import { ConntrackSocket } from '@margay/netlink'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

let lab: Lab
let node: LabNode
let pods: readonly LabPod[]
let socket: ConntrackSocket
/** Looks for addresses as where there are many connections. */
let careful: ConntrackSocket

beforeAll(async () => {
  lab = await createLab({ name: `conntrack${process.pid}` })
  node = await lab.addNode('a')
  pods = await lab.addPods(
    [1, 2, 3].map((index) => ({
      node: 'a',
      namespace: 'shop',
      name: `pod-${index}`,
      ips: [`10.77.0.${index}`, `fd77::${index}`],
      interfaceName: `cali${index}`,
    })),
  )
  await lab.serve(pods, { tcp: [80], udp: [53] })
  await lab.runInNode(node, 'sysctl', ['-w', 'net.netfilter.nf_conntrack_acct=1'])
  // A rule that asks for the state makes the namespace track at all.
  const rules =
    'table inet test { chain forward { type filter hook forward priority 0; ct state new accept; }; }'
  await lab.runInNode(node, 'nft', ['-f', '-'], rules)
  for (const [ip, backend] of [
    ['10.96.0.1', '10.77.0.2'],
    ['fd96::1', 'fd77::2'],
  ] as const)
    await lab.addService(node, { ip, port: 8080, protocol: 'TCP', backends: [{ ip: backend, port: 80 }] })
  socket = ConntrackSocket.open(node.netns)
  careful = ConntrackSocket.open(node.netns, { fewConnections: 0 })
})
afterAll(async () => {
  socket?.close()
  careful?.close()
  await lab?.close()
})
beforeEach(() => lab.flushConntrack(node))
afterEach(() => lab.flushConntrack(node))

async function probe(from: number, to: string, protocol: 'TCP' | 'UDP' | 'ICMP' | 'ICMPv6', port?: number) {
  const sender = pods[from]
  if (sender === undefined) throw new Error(`there is no pod ${from}`)
  const result = await lab.probe({
    from: sender,
    to,
    protocol,
    ...(port === undefined ? {} : { port }),
    timeoutMs: 2000,
  })
  expect(result.outcome).toBe('reached')
}

/** From each pod to the next, in both families and four protocols, and through the service. */
async function makeConnections(): Promise<void> {
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const) {
    const [ipv4 = '', ipv6 = ''] = pods[to]?.ips ?? []
    await probe(from, ipv4, 'UDP', 53)
    await probe(from, ipv6, 'UDP', 53)
    await probe(from, ipv4, 'ICMP')
    await probe(from, ipv6, 'ICMPv6')
    await probe(from, ipv4, 'TCP', 80)
  }
  await probe(0, '10.96.0.1', 'TCP', 8080)
  await probe(0, 'fd96::1', 'TCP', 8080)
}

/** One line each: both tuples with packets and bytes. */
async function listed(...filter: string[]): Promise<string[]> {
  const families = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => lab.runInNode(node, 'conntrack', ['-L', '-f', family, ...filter])),
  )
  const lines = families.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''))
  const pattern = /src=(\S+) dst=(\S+) .*?packets=(\d+) bytes=(\d+)/g
  return lines
    .map((line) => [...line.matchAll(pattern)].map((part) => part.slice(1).join(' ')).join(' '))
    .sort()
}

function read(): string[] {
  return socket
    .connections()
    .map(({ original, reply, counters }) =>
      [
        [original.source, original.destination, counters.original.packets, counters.original.bytes].join(' '),
        [reply.source, reply.destination, counters.reply.packets, counters.reply.bytes].join(' '),
      ].join(' '),
    )
    .sort()
}

test('all connections are read, with their counters', async () => {
  await makeConnections()
  const expected = await listed()
  expect(expected.length).toBeGreaterThanOrEqual(14)
  expect(read()).toEqual(expected)
  expect(socket.connections(6).every(({ family }) => family === 6)).toBe(true)
})

test.each(['10.77.0.2', 'fd77::2', 'FD77:0::2'])(
  'the connections of %s are deleted, in both directions and behind translation, and no others',
  async (address) => {
    await makeConnections()
    const before = read()
    const canonical = address.toLowerCase().replace('fd77:0::', 'fd77::')
    const involved = before.filter((line) => line.split(' ').includes(canonical))
    expect(involved.some((line) => line.includes('96'))).toBe(true)
    expect(socket.count()).toBe(before.length)
    expect(socket.connectionsOf([address])).toHaveLength(involved.length)
    expect(careful.forgetAddresses([address])).toBe(involved.length)
    expect(read()).toEqual(before.filter((line) => !involved.includes(line)))
    expect(socket.forgetAddresses([address])).toBe(0)
  },
)

test('connections of several addresses are found at once, each once', async () => {
  await makeConnections()
  const before = read()
  const of = ['10.77.0.1', '10.77.0.2', 'fd77::3']
  const involved = before.filter((line) => line.split(' ').some((word) => of.includes(word)))
  expect(careful.connectionsOf(of)).toHaveLength(involved.length)
  expect(socket.forgetAddresses(of)).toBe(involved.length)
  expect(read()).toEqual(before.filter((line) => !involved.includes(line)))
  expect(socket.forgetAddresses([])).toBe(0)
  expect(() => socket.forgetAddresses(['somewhere'])).toThrow(RangeError)
})

test('an IPv6 connection of an address with itself is found, although the kernel’s filter for IPv6 is inverted', async () => {
  await lab.runInNode(
    node,
    'nft',
    ['-f', '-'],
    'table inet own { chain output { type filter hook output priority 0; ct state new accept; }; }',
  )
  const [ipv4 = '', ipv6 = ''] = node.ips
  for (const to of [ipv4, ipv6]) {
    await lab.probe({ from: node, to, protocol: 'UDP', port: 9, timeoutMs: 500 })
    for (const each of [socket, careful])
      expect(each.connectionsOf([to])).toMatchObject([{ original: { source: to, destination: to } }])
  }
  await lab.runInNode(node, 'nft', ['delete', 'table', 'inet', 'own'])
})

test('a stream of the address is judged anew after it was forgotten, another one goes on', async () => {
  const [client, , other] = pods
  if (client === undefined || other === undefined) throw new Error('pods are missing')
  const streams = await Promise.all(
    [client, other].map((from) =>
      lab.openStream({ from, to: '10.77.0.2', protocol: 'UDP', port: 53 }, { intervalMs: 2 }),
    ),
  )
  for (const stream of streams) expect(await stream.waitForEchoes(5, 2000)).toBe(true)
  const rules =
    'flush chain inet test forward; add rule inet test forward ct state established accept; add rule inet test forward drop'
  await lab.runInNode(node, 'nft', ['-f', '-'], rules)
  socket.forgetAddresses(['10.77.0.1'])
  await streams[0]?.waitForEchoes(1, 50)
  expect(await streams[0]?.waitForEchoes(1, 200)).toBe(false)
  expect(await streams[1]?.waitForEchoes(5, 2000)).toBe(true)
  for (const stream of streams) stream.close()
  await lab.runInNode(
    node,
    'nft',
    ['-f', '-'],
    'flush chain inet test forward; add rule inet test forward ct state new accept',
  )
})

test('flushing forgets all', async () => {
  await makeConnections()
  socket.flush()
  expect(await listed()).toEqual([])
  expect(socket.connections()).toEqual([])
})
