/**
 * DNS messages of trusted servers come to the agent once each, wherever they pass the node, and nothing else does. With real packets of a
 * lab, and with a program that lets all pass. Needs root.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { changesBetween, type DnsServer, dnsTableName, dnsTables } from '@margay/dataplane'
import { createLab, type Lab, type LabMember, type LabNode, type LabPod } from '@margay/lab'
import { type LoggedPacket, Nftables, PacketLog, PacketQueue, type QueuedPacket } from '@margay/netlink'
import type { TableContent } from '@margay/netlink/nftables'
import { type Ip, parseIp } from '@margay/netset'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DatagramSocket } from './datagram-socket.ts'

const queueNumber = 1053
/** Where the service is, and where its pod listens. */
const [servicePort, podPort] = [53, 5353]

let lab: Lab
let node: LabNode
let client: LabPod
let server: LabPod
let nftables: Nftables
let tables: TableContent[] = []
const sockets: DatagramSocket[] = []
const queues: PacketQueue[] = []
const logs: PacketLog[] = []

beforeAll(async () => {
  lab = await createLab({ name: `dns${process.pid}` })
  node = await lab.addNode('a')
  const pods = ['client', 'server'].map((name, index) => ({
    node: 'a',
    namespace: 'dns',
    name,
    interfaceName: `cali${name}`,
    ips: [`10.66.0.${index + 1}`, `fd66::${index + 1}`],
  }))
  await lab.addPods(pods)
  client = lab.pod('dns', 'client')
  server = lab.pod('dns', 'server')
  await lab.serve([server], { tcp: [podPort] })
  for (const { service, pod } of [ends(4), ends(6)])
    for (const protocol of ['UDP', 'TCP'] as const)
      await lab.addService(node, {
        ip: service,
        port: servicePort,
        protocol,
        backends: [{ ip: pod, port: podPort }],
      })
  await lab.runInNode(node, 'sysctl', ['-w', 'net.netfilter.nf_conntrack_acct=1'])
  nftables = Nftables.open({ netns: node.netns })
})
afterAll(async () => {
  nftables?.close()
  await lab?.close()
})
afterEach(async () => {
  for (const queue of queues.splice(0)) queue.close('accept')
  for (const log of logs.splice(0)) log.close()
  for (const socket of sockets.splice(0)) socket.close()
  await trust([])
  await lab.flushConntrack(node)
})

type Version = 4 | 6

function at(ips: readonly string[], version: Version): string {
  return ips[version === 4 ? 0 : 1] ?? ''
}

function ends(version: Version) {
  const service = version === 4 ? '10.96.0.10' : 'fd96::a'
  const loopback = version === 4 ? '127.0.0.1' : '::1'
  return { service, loopback, pod: at(server.ips, version), ofNode: at(node.ips, version) }
}

/** As an agent would that trusts these. */
async function trust(servers: readonly (readonly [ip: string, port: number])[]): Promise<void> {
  const desired = dnsTables({
    servers: servers.map(([ip, port]): DnsServer => ({ address: parseIp(ip) as Ip, port })),
    interfacePrefixes: ['cali'],
    queue: queueNumber,
    queueBy: 'xtables',
  })
  const { batches, removals } = changesBetween(tables, desired)
  for (const batch of [...batches, removals]) if (batch.length > 0) nftables.commit(batch)
  tables = desired
}

/** What is queued passes at once, unless it is to be held. `hooks`: of questions and of what was queued, in this order. */
function watch(isHeld = false) {
  const packets: QueuedPacket[] = []
  const log = PacketLog.open({ netns: node.netns, group: queueNumber })
  logs.push(log)
  const questions: LoggedPacket[] = []
  const asked = () => {
    questions.push(...log.read())
    return questions
  }
  const queue = PacketQueue.open({
    netns: node.netns,
    number: queueNumber,
    onPackets: (more) => {
      packets.push(...more)
      if (!isHeld) release()
    },
    onLost: (lost) => expect(lost).toBe(0),
    onError: (error) => expect(error).toBeUndefined(),
  })
  const release = () =>
    queue.verdict(
      packets.map(({ id }) => id),
      'accept',
    )
  queues.push(queue)
  return { packets, asked, release, hooks: () => [...asked(), ...packets].map(({ hook }) => hook) }
}

function socketOf({ netns }: LabMember, ip: string, port: number): DatagramSocket {
  const socket = new DatagramSocket(netns, ip, port)
  sockets.push(socket)
  return socket
}

interface Talk {
  readonly from: LabMember
  readonly source: string
  readonly to: readonly [ip: string, port: number]
  readonly server: LabMember
  readonly listensAt: readonly [ip: string, port: number]
}

/** One query and its answer, which arrive. */
async function talk(it: Talk): Promise<void> {
  const listener = socketOf(it.server, ...it.listensAt)
  const asker = socketOf(it.from, it.source, 40_000)
  asker.send(...it.to, ['query'])
  await expect.poll(() => listener.received()).toEqual(['query'])
  listener.answer(['answer'])
  await expect.poll(() => asker.received()).toEqual(['answer'])
}

describe.each<Version>([4, 6])('of IPv%i', (version) => {
  const of = () => ends(version)
  const toService = (): Talk => ({
    from: client,
    source: at(client.ips, version),
    to: [of().service, servicePort],
    server,
    listensAt: [of().pod, podPort],
  })
  const toPod = (): Talk => ({ ...toService(), to: [of().pod, podPort] })

  test.each<[string, () => (readonly [string, number])[]]>([
    ['by the address of the service', () => [[of().service, servicePort]]],
    ['by that of its pod', () => [[of().pod, podPort]]],
    [
      'by both, and no packet twice',
      () => [
        [of().service, servicePort],
        [of().pod, podPort],
      ],
    ],
  ])('a pod that asks a service is known %s', async (_, servers) => {
    await trust(servers())
    const { hooks } = watch()
    await talk(toService())
    expect(hooks()).toEqual(['forward', 'forward'])
  })

  test('a pod that asks another pod, which is no server, is let be; so are other ports', async () => {
    await trust([
      [of().service, servicePort],
      [of().pod, podPort + 1],
    ])
    const { hooks } = watch()
    await talk(toPod())
    expect(hooks()).toEqual([])
  })

  test('the node that asks a service', async () => {
    await trust([[of().service, servicePort]])
    const { hooks } = watch()
    await talk({ ...toService(), from: node, source: of().ofNode })
    expect(hooks()).toEqual(['output', 'input'])
  })

  test('a pod that asks its node', async () => {
    await trust([[of().ofNode, podPort]])
    const { hooks } = watch()
    await talk({ ...toPod(), to: [of().ofNode, podPort], server: node, listensAt: [of().ofNode, podPort] })
    expect(hooks()).toEqual(['input', 'output'])
  })

  test.each(['loopback', 'ofNode'] as const)('the node that asks itself (%s), once each', async (address) => {
    const own = [of()[address], podPort] as const
    await trust([own])
    const { hooks } = watch()
    await talk({ from: node, source: own[0], to: own, server: node, listensAt: own })
    expect(hooks()).toEqual(['output', 'output'])
  })

  test('what is not tracked', async () => {
    const family = version === 4 ? 'ip' : 'ip6'
    const chain = 'chain c { type filter hook prerouting priority raw; notrack; }'
    await lab.runInNode(node, 'nft', ['-f', '-'], `table ${family} early { ${chain}; }`)
    await trust([[of().pod, podPort]])
    const { hooks } = watch()
    await talk(toPod())
    await lab.runInNode(node, 'nft', ['delete', 'table', family, 'early'])
    expect(hooks()).toEqual(['forward', 'forward'])
  })

  test('what policy denies is not queued', async () => {
    const chain = `chain c { type filter hook forward priority 0; udp sport ${podPort} drop; }`
    await lab.runInNode(node, 'nft', ['-f', '-'], `table inet denial { ${chain}; }`)
    await trust([[of().pod, podPort]])
    const { hooks } = watch()
    const listener = socketOf(server, of().pod, podPort)
    const asker = socketOf(client, at(client.ips, version), 40_000)
    asker.send(of().pod, podPort, ['query'])
    await expect.poll(() => listener.received()).toEqual(['query'])
    listener.answer(['answer'])
    await sleep(100)
    await lab.runInNode(node, 'nft', ['delete', 'table', 'inet', 'denial'])
    expect(asker.received()).toEqual([])
    expect(hooks()).toEqual(['forward'])
  })

  test('an error that comes back is no DNS message', async () => {
    await trust([[of().service, servicePort]])
    const { packets, asked } = watch()
    // Nobody listens.
    socketOf(client, at(client.ips, version), 40_000).send(of().service, servicePort, ['query'])
    await expect.poll(() => asked().length).toBe(1)
    await sleep(100)
    const { stdout } = await lab.runInNode(node, 'conntrack', ['-L', '-p', 'udp', '-f', `ipv${version}`])
    expect(stdout).toContain(`dport=${servicePort}`)
    expect([asked().length, packets.length]).toEqual([1, 0])
  })

  test('a question goes on at once, and its answer waits', async () => {
    await trust([[of().service, servicePort]])
    const { asked, packets, release } = watch(true)
    const listener = socketOf(server, of().pod, podPort)
    const asker = socketOf(client, at(client.ips, version), 40_000)
    asker.send(of().service, servicePort, ['query'])
    await expect.poll(() => listener.received()).toEqual(['query'])
    expect(asked().map(({ payload }) => textIn(payload))).toEqual(['query'])
    listener.answer(['answer'])
    await expect.poll(() => packets.map(({ payload }) => textIn(payload))).toEqual(['answer'])
    await sleep(100)
    expect(asker.received()).toEqual([])
    release()
    await expect.poll(() => asker.received()).toEqual(['answer'])
  })

  test('without a reader of questions they go on all the same', async () => {
    await trust([[of().service, servicePort]])
    await talk(toService())
  })

  test('two queries at once from one port, with answers that are held, both get through', async () => {
    await trust([[of().service, servicePort]])
    const { packets, release } = watch(true)
    const listener = socketOf(server, of().pod, podPort)
    const asker = socketOf(client, at(client.ips, version), 40_000)
    asker.send(of().service, servicePort, ['A', 'AAAA'])
    const asked: string[] = []
    await expect.poll(() => asked.push(...listener.received())).toBe(2)
    listener.answer(asked)
    await expect.poll(() => packets.length).toBe(2)
    release()
    const answers: string[] = []
    await expect.poll(() => answers.push(...asker.received())).toBe(2)
    expect(answers).toEqual(['A', 'AAAA'])
  })

  test('of TCP, all segments that begin, carry or end', async () => {
    await trust([[of().service, servicePort]])
    const { packets, hooks } = watch()
    const stream = await lab.openStream(
      { from: client, to: of().service, protocol: 'TCP', port: servicePort },
      { intervalMs: 20 },
    )
    expect(await stream.waitForEchoes(10, 5000)).toBe(true)
    await stream.close()
    const segments = packets.map(segmentOf)
    expect(new Set(hooks())).toEqual(new Set(['forward']))
    expect(segments.filter(({ isEmpty, isMarked }) => isEmpty && !isMarked)).toEqual([])
    expect(segments.filter(({ isEmpty }) => !isEmpty).length).toBeGreaterThanOrEqual(20)
    expect(segments.slice(0, 2).map(({ flags }) => flags & 0x12)).toEqual([0x02, 0x12])
    // Others passed by: they only acknowledge.
    expect(segments.length).toBeLessThan(await forwardedSegments())
  })

  test('it is read back as it was written, and nft lists it', async () => {
    await trust([
      [of().service, servicePort],
      [of().pod, podPort],
    ])
    const read = tables.map(({ table }) => nftables.read(table)).filter((it) => it !== undefined)
    const { batches, removals } = changesBetween(read, tables)
    expect([...batches, removals].flat()).toEqual([])
    const family = version === 4 ? 'ip' : 'ip6'
    const { stdout } = await lab.runInNode(node, 'nft', ['list', 'table', family, dnsTableName])
    expect(stdout).toContain('ct original proto-dst @servers goto asked')
  })

  /** Behind the headers of IP and UDP. */
  function textIn(payload: Uint8Array): string {
    return Buffer.from(payload.subarray(version === 4 ? 28 : 48)).toString()
  }

  function segmentOf({ payload }: QueuedPacket) {
    const header = Buffer.from(payload.subarray(version === 4 ? 20 : 40))
    const [words, flags] = [header.readUInt8(12) >> 4, header.readUInt8(13)]
    return { flags, isEmpty: header.length === words * 4, isMarked: (flags & 0x07) !== 0 }
  }

  /** Of the connection to the service, by the witness of conntrack. */
  async function forwardedSegments(): Promise<number> {
    const { stdout } = await lab.runInNode(node, 'conntrack', ['-L', '-p', 'tcp', '-f', `ipv${version}`])
    const line = stdout.split('\n').find((each) => each.includes(`dport=${servicePort}`)) ?? ''
    return [...line.matchAll(/packets=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  }
})
