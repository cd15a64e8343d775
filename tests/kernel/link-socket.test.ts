/** Frames of the lab's own making against the real kernel: they are what they say, and a kernel takes them. Needs root. */
import {
  createLab,
  encodeArp,
  encodeEthernet,
  encodeIcmpv6Message,
  encodeIpPacket,
  encodeUdp,
  etherTypes,
  hostSideMac,
  type IpHeader,
  type Lab,
  type LabPod,
  LinkSocket,
} from '@margay/lab'
import { afterAll, beforeAll, expect, test } from 'vitest'

let lab: Lab
let client: LabPod
let server: LabPod
const sockets: LinkSocket[] = []

beforeAll(async () => {
  lab = await createLab({ name: `link${process.pid}` })
  await lab.addNode('a')
  const pods = ['client', 'server'].map((name, index) => ({
    node: 'a',
    namespace: 'link',
    name,
    interfaceName: `cali${name}`,
    ips: [`10.66.0.${index + 1}`, `fd66::${index + 1}`],
  }))
  await lab.addPods(pods)
  client = lab.pod('link', 'client')
  server = lab.pod('link', 'server')
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await lab?.close()
})

function open(pod: LabPod, etherType?: number): LinkSocket {
  const listening = etherType === undefined ? {} : { etherType }
  const socket = new LinkSocket({ netns: pod.netns, device: 'eth0', ...listening })
  sockets.push(socket)
  return socket
}

const ends = {
  4: { source: '10.66.0.1', destination: '10.66.0.2', etherType: etherTypes.ipv4 },
  6: { source: 'fd66::1', destination: 'fd66::2', etherType: etherTypes.ipv6 },
} as const

function frame(version: 4 | 6, header: Omit<IpHeader, 'source' | 'destination'>, payload: Buffer): Buffer {
  const { source, destination, etherType } = ends[version]
  const mac = open(client).hardwareAddress
  const packet = encodeIpPacket({ source, destination, ...header }, payload)
  return encodeEthernet({ source: mac, destination: hostSideMac, etherType }, packet)
}

const datagram = (version: 4 | 6, text: string) =>
  encodeUdp({ ...ends[version], sourcePort: 4000, destinationPort: 4001 }, Buffer.from(text))

/** How many datagrams the pod's own UDP took, and how many it refused for their checksum. */
async function countersOf(version: 4 | 6): Promise<{ noPorts: number; errors: number }> {
  const file = version === 4 ? '/proc/net/snmp' : '/proc/net/snmp6'
  const { stdout } = await lab.runInNode(server, 'cat', [file])
  if (version === 6) {
    const value = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(stdout)?.[1])
    return { noPorts: value('Udp6NoPorts'), errors: value('Udp6InErrors') }
  }
  const [names = [], values = []] = stdout
    .split('\n')
    .flatMap((line) => (line.startsWith('Udp:') ? [line.split(' ')] : []))
  const value = (name: string) => Number(values[names.indexOf(name)])
  return { noPorts: value('NoPorts'), errors: value('InErrors') }
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('nothing came within 20 s')
}

test.each([4, 6] as const)(
  'a datagram over IPv%i arrives as it was sent, at a known time',
  async (version) => {
    const tap = open(server, ends[version].etherType)
    const sent = frame(version, { protocol: 17 }, datagram(version, 'as it is'))
    const before = Number(process.hrtime.bigint())
    open(client).send([sent])
    const seen: { text: string; atNs: number }[] = []
    const got = await until(() => {
      tap.receive(({ bytes, atNs }) => seen.push({ text: bytes.toString('latin1'), atNs }))
      return seen.find(({ text }) => text.includes('as it is'))
    })
    expect(got.text.slice(-16)).toBe(sent.subarray(-16).toString('latin1'))
    // Two clocks are compared: to a millisecond they agree.
    expect(got.atNs).toBeGreaterThan(before - 1e6)
    expect(got.atNs).toBeLessThan(Number(process.hrtime.bigint()))
  },
)

test.each([4, 6] as const)(
  'its IPv%i checksums are right: the receiving kernel looks for a listener',
  async (version) => {
    const before = await countersOf(version)
    open(client).send([frame(version, { protocol: 17 }, datagram(version, 'odd'))])
    await expect.poll(async () => (await countersOf(version)).noPorts).toBe(before.noPorts + 1)
    expect((await countersOf(version)).errors).toBe(before.errors)
  },
)

test.each([4, 6] as const)('two fragments over IPv%i become one datagram', async (version) => {
  const before = await countersOf(version)
  const whole = datagram(version, 'x'.repeat(100))
  const pieces = [
    frame(version, { protocol: 17, fragment: { id: 7, offset: 0, isLast: false } }, whole.subarray(0, 64)),
    frame(version, { protocol: 17, fragment: { id: 7, offset: 64, isLast: true } }, whole.subarray(64)),
  ]
  open(client).send(pieces)
  await expect.poll(async () => (await countersOf(version)).noPorts).toBe(before.noPorts + 1)
  expect((await countersOf(version)).errors).toBe(before.errors)
})

test('an ARP request for an address that the node answers for is answered', async () => {
  const socket = open(client, etherTypes.arp)
  const mac = socket.hardwareAddress
  const message = {
    operation: 'request',
    senderMac: mac,
    senderIp: '10.66.0.1',
    targetMac: '00:00:00:00:00:00',
    targetIp: '10.66.0.2',
  } as const
  const header = { source: mac, destination: 'ff:ff:ff:ff:ff:ff', etherType: etherTypes.arp }
  socket.send([encodeEthernet(header, encodeArp(message))])
  const replies: string[] = []
  await until(() => {
    socket.receive(({ bytes }) => replies.push(bytes.subarray(22, 28).toString('hex')))
    return replies[0]
  })
  expect(replies[0]).toBe('ee'.repeat(6))
})

test('an ICMPv6 echo request is answered', async () => {
  const tap = open(client, etherTypes.ipv6)
  const body = Buffer.from('00010001', 'hex')
  tap.send([frame(6, { protocol: 58 }, encodeIcmpv6Message(ends[6], { type: 128 }, body))])
  const types: number[] = []
  await until(() => {
    tap.receive(({ bytes }) => types.push(bytes.readUInt8(54)))
    return types.find((type) => type === 129)
  })
})

test('a frame that is too long, and a device that is not there, are refused', () => {
  expect(() => open(client).send([Buffer.alloc(4000)])).toThrow('a frame of 4000 bytes is too long')
  expect(() => new LinkSocket({ netns: client.netns, device: 'nothing' })).toThrow('ENODEV')
})
