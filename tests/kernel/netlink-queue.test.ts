/** Packets that rules hand to a program wait for its verdict, and go on without it where there is none; in namespaces of a lab. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLab, type Lab, type LabNode, type LabPod } from '@margay/lab'
import {
  type HeldVerdict,
  type LoggedPacket,
  Nftables,
  PacketLog,
  type PacketLogOptions,
  PacketQueue,
  type PacketQueueOptions,
  type QueuedPacket,
} from '@margay/netlink'
import type { Change, Expression, Table } from '@margay/netlink/nftables'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DatagramSocket } from './datagram-socket.ts'

const number = 7
const [udpPort, tcpPort] = [5353, 8080]

let lab: Lab
let node: LabNode
let client: LabPod
let server: LabPod
let nftables: Nftables
const sockets: DatagramSocket[] = []
const queues: PacketQueue[] = []

beforeAll(async () => {
  lab = await createLab({ name: `queue${process.pid}` })
  node = await lab.addNode('a')
  const pods = ['client', 'server'].map((name, index) => ({
    node: 'a',
    namespace: 'queue',
    name,
    interfaceName: `cali${name}`,
    ips: [`10.66.0.${index + 1}`, `fd66::${index + 1}`],
  }))
  await lab.addPods(pods)
  client = lab.pod('queue', 'client')
  server = lab.pod('queue', 'server')
  nftables = Nftables.open({ netns: node.netns })
})
afterAll(async () => {
  nftables?.close()
  await lab?.close()
})
beforeEach(() => nftables.commit([...queueing('ip'), ...queueing('ip6')]))
afterEach(() => {
  for (const queue of queues.splice(0)) queue.close()
  for (const socket of sockets.splice(0)) socket.close()
  const tables: Table[] = (['ip', 'ip6'] as const).map((family) => ({ family, name: 'q' }))
  nftables.commit(tables.map((table): Change => ({ do: 'delete-table', table })))
})

/** What is forwarded to the two ports. */
function queueing(family: 'ip' | 'ip6'): Change[] {
  const table: Table = { family, name: 'q' }
  const hook = { type: 'filter', hook: 'forward', priority: 20, policy: 'accept' } as const
  const toPort = (port: number): Expression[] => [
    { type: 'payload', base: 'transport', offset: 2, length: 2, to: 0 },
    { type: 'cmp', operator: '==', from: 0, value: Uint8Array.of(port >> 8, port & 0xff) },
    { type: 'nfqueue-target', number, bypass: true },
  ]
  return [
    { do: 'add-table', table },
    { do: 'add-chain', table, chain: { name: 'c', hook } },
    ...[udpPort, tcpPort].map((port): Change => {
      return { do: 'add-rule', table, chain: 'c', rule: { expressions: toPort(port) } }
    }),
  ]
}

interface Opened {
  readonly queue: PacketQueue
  /** In the order in which they were handed over. */
  readonly packets: QueuedPacket[]
  /** How many were handed over at a time. */
  readonly sizes: number[]
  readonly lost: number[]
  readonly errors: unknown[]
}

/** With a verdict, all get it at once. */
function open(options: Partial<PacketQueueOptions> = {}, verdict?: HeldVerdict): Opened {
  const opened: Omit<Opened, 'queue'> = { packets: [], sizes: [], lost: [], errors: [] }
  const queue = PacketQueue.open({
    netns: node.netns,
    number,
    onPackets: (packets) => {
      opened.packets.push(...packets)
      opened.sizes.push(packets.length)
      if (verdict !== undefined) queue.verdict(ids(packets), verdict)
    },
    onLost: (packets) => opened.lost.push(packets),
    onError: (error) => opened.errors.push(error),
    ...options,
  })
  queues.push(queue)
  return { queue, ...opened }
}

function ids(packets: readonly QueuedPacket[]): number[] {
  return packets.map(({ id }) => id)
}

type Version = 4 | 6
const versions: readonly Version[] = [4, 6]

function ends(version: Version) {
  const [from, to] = [client, server].map(({ netns, ips }) => {
    const socket = new DatagramSocket(netns, ips[version === 4 ? 0 : 1] ?? '', udpPort)
    sockets.push(socket)
    return socket
  })
  if (from === undefined || to === undefined) throw new Error('there are two ends')
  const address = server.ips[version === 4 ? 0 : 1] ?? ''
  return {
    send: (texts: readonly string[]) => from.send(address, udpPort, texts),
    received: () => to.received(),
  }
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `datagram ${index}`)
}

/** All that comes until `count` are there. */
async function receivedIn(received: () => string[], count: number): Promise<string[]> {
  const texts: string[] = []
  await expect.poll(() => texts.push(...received())).toBe(count)
  return texts
}

/** Nothing comes any more: a packet that has passed takes far less. */
const quiet = () => sleep(100)

describe.each(versions)('of IPv%i, packets', (version) => {
  test('are held until their verdict, and keep their order whatever that of the verdicts', async () => {
    const { queue, packets } = open()
    const { send, received } = ends(version)
    send(numbered(20))
    await expect.poll(() => packets.length).toBe(20)
    await quiet()
    expect(received()).toEqual([])
    expect(queue.heldPackets).toBe(20)
    expect(queue.stats()).toMatchObject({ held: 20, droppedFull: 0, droppedUnread: 0, lastId: 20 })
    queue.verdict(ids(packets).reverse(), 'accept')
    expect(await receivedIn(received, 20)).toEqual(numbered(20))
    expect(queue.heldPackets).toBe(0)
  })

  test('tell where they came from and go to, and what is in them', async () => {
    const { packets } = open()
    ends(version).send(['what is in it'])
    await expect.poll(() => packets.length).toBe(1)
    const [packet] = packets
    expect(packet).toMatchObject({
      id: 1,
      hook: 'forward',
      hardwareProtocol: version === 4 ? 0x0800 : 0x86dd,
      mark: 0,
      isTruncated: false,
      length: packet?.payload.length,
    })
    const links = JSON.parse((await lab.runInNode(node, 'ip', ['-j', 'link'])).stdout)
    const nameOf = (index: number | undefined) =>
      links.find(({ ifindex }: { ifindex: number }) => ifindex === index)?.ifname
    expect([packet?.inDevice, packet?.outDevice].map(nameOf)).toEqual(['caliclient', 'caliserver'])
    expect(Buffer.from(packet?.payload ?? []).toString('latin1')).toMatch(/what is in it$/)
  })

  test('that are refused are gone, and exactly these', async () => {
    const { queue, packets } = open()
    const { send, received } = ends(version)
    send(numbered(9))
    await expect.poll(() => packets.length).toBe(9)
    const [first = 0, second = 0, third = 0, ...others] = ids(packets)
    // The oldest two by one message, and two in the middle each by its own.
    queue.verdict([first, second], 'drop')
    queue.verdict([others[1] ?? 0, others[3] ?? 0], 'drop')
    queue.verdict([third, ...others], 'accept')
    const expected = numbered(9).filter((_, index) => ![0, 1, 4, 6].includes(index))
    expect(await receivedIn(received, 5)).toEqual(expected)
  })

  test('pass without a program, those that it left behind are dropped', async () => {
    const { queue, packets } = open()
    const { send, received } = ends(version)
    send(numbered(3))
    await expect.poll(() => packets.length).toBe(3)
    queue.close()
    send(['afterwards'])
    expect(await receivedIn(received, 1)).toEqual(['afterwards'])
  })

  test('that are left behind pass, read or not, where the program wants it', async () => {
    const { queue, packets } = open()
    const { send, received } = ends(version)
    send(numbered(3))
    await expect.poll(() => packets.length).toBe(3)
    send(['not read'])
    queue.close('accept')
    send(['afterwards'])
    expect(await receivedIn(received, 5)).toEqual([...numbered(3), 'not read', 'afterwards'])
  })

  test('for which there is no room pass at once', async () => {
    const { packets, lost } = open({ maxLength: 5 })
    const { send, received } = ends(version)
    send(numbered(20))
    expect(await receivedIn(received, 15)).toEqual(numbered(20).slice(5))
    await expect.poll(() => packets.length).toBe(5)
    expect(lost).toEqual([])
  })

  test('for which there is no room are dropped and counted, where the program wants it', async () => {
    const { queue, packets } = open({ maxLength: 5, whenFull: 'drop' })
    const { send, received } = ends(version)
    send(numbered(20))
    await expect.poll(() => packets.length).toBe(5)
    await expect.poll(() => queue.stats()?.droppedFull).toBe(15)
    queue.verdict(ids(packets), 'accept')
    expect(await receivedIn(received, 5)).toEqual(numbered(5))
  })

  test('that the program does not read in time pass, and it is told how many', async () => {
    const { packets, lost } = open({ receiveBufferBytes: 8192 }, 'accept')
    const { send, received } = ends(version)
    // Nothing is read before this function lets go.
    send(numbered(500))
    await quiet()
    send(['one more'])
    const all = await receivedIn(received, 501)
    expect(all.toSorted()).toEqual([...numbered(500), 'one more'].toSorted())
    const missing = lost.reduce((sum, each) => sum + each, 0)
    expect(missing).toBeGreaterThan(100)
    await expect.poll(() => packets.length + missing).toBe(501)
  })

  test('of 2,000 a second all get through, in their order', async () => {
    const { sizes, lost, errors } = open({}, 'accept')
    const { send, received } = ends(version)
    const texts = numbered(2000)
    for (let at = 0; at < texts.length; at += 20) {
      send(texts.slice(at, at + 20))
      await sleep(10)
    }
    expect(await receivedIn(received, 2000)).toEqual(texts)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2000)
    expect([lost, errors]).toEqual([[], []])
  })

  test('of TCP come in large pieces, and nothing of the stream is lost', async () => {
    const opened = open({}, 'accept')
    await transfer(version)
    expect(Math.max(...opened.packets.map(({ length }) => length))).toBeGreaterThan(1500)
    expect(opened.packets.every(({ isTruncated }) => !isTruncated)).toBe(true)
    expect([opened.lost, opened.errors]).toEqual([[], []])
  })

  test('are copied as far as the program wants', async () => {
    const { packets } = open({ copyBytes: 60 }, 'accept')
    const { send } = ends(version)
    send(['x'.repeat(1000), ''])
    await expect.poll(() => packets.length).toBe(2)
    const header = version === 4 ? 28 : 48
    expect(packets.map(({ payload, length, isTruncated }) => [payload.length, length, isTruncated])).toEqual([
      [60, 1000 + header, true],
      [header, header, false],
    ])
  })
})

/** 4 MiB from the client to the server, whose digest is the same at both ends. */
async function transfer(version: Version): Promise<void> {
  const ip = server.ips[version === 4 ? 0 : 1] ?? ''
  const script = (body: string) => `
    const { createHash, randomBytes } = require('node:crypto')
    const net = require('node:net')
    const hash = createHash('sha256')
    ${body}`
  const listening = script(`
    const server = net.createServer((socket) => {
      socket.on('data', (data) => hash.update(data)).on('end', () => { console.log(hash.digest('hex')); server.close() })
    }).listen(${tcpPort}, '${ip}')`)
  const sending = script(`
    const data = randomBytes(4 * 1024 * 1024)
    const connect = () => net.connect(${tcpPort}, '${ip}', function () { this.end(data) }).on('error', () => setTimeout(connect, 50))
    connect()
    console.log(hash.update(data).digest('hex'))`)
  const [received, sent] = await Promise.all([
    lab.runInNode(server, process.execPath, ['-e', listening]),
    lab.runInNode(client, process.execPath, ['-e', sending]),
  ])
  expect(received.stdout).toBe(sent.stdout)
  expect(sent.stdout).toMatch(/^[0-9a-f]{64}\n$/)
}

describe('copies of packets (NFLOG)', () => {
  const table: Table = { family: 'ip', name: 'copies' }
  const logs: PacketLog[] = []

  beforeEach(() => {
    const hook = { type: 'filter', hook: 'forward', priority: 19, policy: 'accept' } as const
    const copy: Expression = { type: 'log', prefix: 'seen', group: number, queueThreshold: 1 }
    nftables.commit([
      { do: 'add-table', table },
      { do: 'add-chain', table, chain: { name: 'c', hook } },
      { do: 'add-rule', table, chain: 'c', rule: { expressions: [copy] } },
    ])
  })
  afterEach(() => {
    for (const log of logs.splice(0)) log.close()
    nftables.commit([{ do: 'delete-table', table }])
  })

  const openLog = (options: Partial<PacketLogOptions> = {}) => {
    const log = PacketLog.open({ netns: node.netns, group: number, ...options })
    logs.push(log)
    return log
  }
  /** Behind the headers of IP and UDP. */
  const textOf = ({ payload }: LoggedPacket) => Buffer.from(payload.subarray(28)).toString()

  test('are there when their packet has arrived, in order, with what is told of them', async () => {
    const log = openLog()
    const { send, received } = ends(4)
    send(numbered(20))
    expect(await receivedIn(received, 20)).toEqual(numbered(20))
    const copies = log.read()
    expect(copies.map(textOf)).toEqual(numbered(20))
    expect(copies[0]).toMatchObject({ hook: 'forward', hardwareProtocol: 0x0800, prefix: 'seen', mark: 0 })
    expect(copies[0]?.inDevice).toBeGreaterThan(0)
    expect(copies.map(({ sequence }) => sequence)).toEqual(copies.map((_, index) => index))
    expect([log.read(), log.lost]).toEqual([[], 0])
  })

  test('are as long as they are wanted, and as many at once', async () => {
    const log = openLog({ copyBytes: 30 })
    const { send, received } = ends(4)
    send(numbered(5))
    await receivedIn(received, 5)
    expect(log.read(2).map(textOf)).toEqual(['da', 'da'])
    expect(log.read()).toHaveLength(3)
  })

  test('that had no room are counted, and the packets have passed', async () => {
    const log = openLog({ receiveBufferBytes: 4096 })
    const { send, received } = ends(4)
    send(numbered(200))
    expect(await receivedIn(received, 200)).toHaveLength(200)
    const before = log.read().length
    expect(before).toBeLessThan(200)
    send(['one more'])
    await receivedIn(received, 1)
    expect(log.read().map(textOf)).toEqual(['one more'])
    expect(log.lost).toBe(200 - before)
  })

  test('one program has a group, and packets pass when it goes', async () => {
    const log = openLog()
    expect(() => openLog()).toThrow(/packet log 7.*(EBUSY|EPERM)/)
    log.close()
    const { send, received } = ends(4)
    send(['alone'])
    expect(await receivedIn(received, 1)).toEqual(['alone'])
    expect(openLog().read()).toEqual([])
  })
})

describe('a queue', () => {
  test('is of one program at a time', () => {
    const { queue } = open()
    expect(() => open()).toThrow(`take packet queue ${number}: EBUSY (still in use): another program has it`)
    queue.close()
    const again = open().queue
    expect(again.stats()).toMatchObject({ held: 0, lastId: 0 })
  })

  test('needs rights', async () => {
    const script = `
      import { PacketQueue } from '@margay/netlink'
      process.setgid(65534); process.setuid(65534)
      const nobody = () => undefined
      try { PacketQueue.open({ number: 7, onPackets: nobody, onLost: nobody, onError: nobody }) }
      catch (error) { console.log(error.message) }`
    const { stdout } = await lab.runInNode(node, process.execPath, ['--input-type=module', '-e', script])
    expect(stdout.trim()).toBe(
      'take packet queue 7: EPERM (not permitted: needs root, or CAP_NET_ADMIN in the namespace)',
    )
  })

  test('of another number, or in another namespace, is another one', () => {
    open()
    expect(open({ number: number + 1 }).queue.stats()).toMatchObject({ held: 0 })
    expect(open({ netns: client.netns }).queue.stats()).toMatchObject({ held: 0 })
  })

  test('that does not exist is refused', () => {
    expect(() => open({ number: 65_536 })).toThrow('packet queues are 0 to 65535, not 65536')
    expect(() => open({ netns: 'nowhere' })).toThrow('network namespace /run/netns/nowhere')
  })

  test('works on when the program throws, and tells it', async () => {
    const failure = new Error('no')
    let failures = 1
    const handed: number[] = []
    const { queue, errors } = open({
      onPackets: (packets) => {
        handed.push(...ids(packets))
        if (failures-- > 0) throw failure
      },
    })
    const { send, received } = ends(4)
    send(['first'])
    await expect.poll(() => errors).toEqual([failure])
    send(['second'])
    await expect.poll(() => handed).toEqual([1, 2])
    queue.verdict(handed, 'accept')
    expect(await receivedIn(received, 2)).toEqual(['first', 'second'])
  })

  test('takes verdicts twice, of packets that are not there, and of those whose link went, without an error', async () => {
    const { queue, packets, errors } = open()
    const { send, received } = ends(4)
    send(numbered(2))
    await expect.poll(() => packets.length).toBe(2)
    await lab.runInNode(node, 'ip', ['link', 'set', 'caliserver', 'down'])
    expect(queue.stats()?.held).toBe(0)
    queue.verdict([2], 'accept')
    queue.verdict([2, 99], 'accept')
    await lab.runInNode(node, 'ip', ['link', 'set', 'caliserver', 'up'])
    await quiet()
    expect([received(), errors]).toEqual([[], []])
    queue.close()
    expect(() => queue.verdict([1], 'accept')).not.toThrow()
    expect(queue.stats()).toBeUndefined()
  })
})
