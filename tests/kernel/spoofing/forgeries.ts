/** Packets that a pod sends with raw sockets, by kind: what is forged in each. */
import {
  encodeEthernet,
  encodeIcmpv6Message,
  encodeIpPacket,
  encodeUdp,
  etherTypes,
  hostSideMac,
  type IpHeader,
} from '@margay/lab'
import { protocols } from '@margay/policy'
import type { Players } from './players.ts'

/** As the liar knows the place. */
export interface Scene extends Players {
  readonly mac: string
}

/** Frames for one packet: several if it is fragmented. `payload` tells which one it is. */
export type Forge = (scene: Scene, index: number, payload: Buffer) => Buffer[]

export interface Kind {
  readonly name: string
  readonly forge: Forge
}

const ports = { source: 40_000, destination: 9 } as const
const vxlanPort = 4789

/** Whom it is sent to, in turn: a pod of the same node, one of another node, the node itself. */
function destinations({ near, far, node }: Players, version: 4 | 6): string[] {
  return [near, far, node].map(({ ips }) => ipOf(ips, version))
}

export function ipOf(ips: readonly string[], version: 4 | 6): string {
  const ip = ips.find((it) => it.includes(':') === (version === 6))
  if (ip === undefined) throw new Error(`no address of IPv${version}`)
  return ip
}

function destinationOf(scene: Scene, version: 4 | 6, index: number): string {
  return destinations(scene, version)[index % 3] ?? ''
}

function versionOf(ip: string): 4 | 6 {
  return ip.includes(':') ? 6 : 4
}

function frameOf(packet: Buffer, mac: string): Buffer {
  const etherType = packet.readUInt8(0) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4
  return encodeEthernet({ source: mac, destination: hostSideMac, etherType }, packet)
}

/** A UDP datagram from this address. */
function from(source: (scene: Scene, index: number) => string): Forge {
  return (scene, index, payload) => {
    const ip = source(scene, index)
    const ends = { source: ip, destination: destinationOf(scene, versionOf(ip), index) }
    const datagram = encodeUdp({ ...ends, ...portsOf(index) }, payload)
    return [frameOf(encodeIpPacket({ ...ends, protocol: protocols.udp }, datagram), scene.mac)]
  }
}

function portsOf(index: number) {
  return { sourcePort: ports.source + (index % 1000), destinationPort: ports.destination }
}

const own = (version: 4 | 6) => (scene: Scene) => ipOf(scene.liar.ips, version)

/** Both fragments of a datagram, of which each alone could be taken for harmless. */
function inFragments(source: (scene: Scene) => string, destinationPort: number = ports.destination): Forge {
  return (scene, index, payload) => {
    const ip = source(scene)
    const ends = { source: ip, destination: destinationOf(scene, versionOf(ip), index) }
    const datagram = encodeUdp({ ...ends, ...portsOf(index), destinationPort }, payload)
    const piece = (offset: number, part: Buffer) => {
      const fragment = { id: index, offset, isLast: offset > 0 }
      return frameOf(encodeIpPacket({ ...ends, protocol: protocols.udp, fragment }, part), scene.mac)
    }
    return [piece(0, datagram.subarray(0, 16)), piece(16, datagram.subarray(16))]
  }
}

/** Its own address outside, anything inside. */
function encapsulated(version: 4 | 6, protocol: number, wrap: (inner: Buffer, ends: Ends) => Buffer): Forge {
  return (scene, index, payload) => {
    const destinations = [scene.near, scene.far, scene.otherNode].map(({ ips }) => ipOf(ips, version))
    const ends = { source: own(version)(scene), destination: destinations[index % 3] ?? '' }
    const innerEnds = { source: ipOf(scene.victim.ips, 4), destination: ipOf(scene.far.ips, 4) }
    const inner = encodeUdp({ ...innerEnds, ...portsOf(index) }, payload)
    const innerPacket = encodeIpPacket({ ...innerEnds, protocol: protocols.udp }, inner)
    return [frameOf(encodeIpPacket({ ...ends, protocol }, wrap(innerPacket, ends)), scene.mac)]
  }
}

type Ends = Pick<IpHeader, 'source' | 'destination'>

/** RFC 7348: eight bytes, then an Ethernet frame. */
function inVxlan(inner: Buffer, ends: Ends): Buffer {
  const header = Buffer.from('0800000000100000', 'hex')
  return encodeUdp(
    { ...ends, sourcePort: 50_000, destinationPort: vxlanPort },
    Buffer.concat([header, frameOf(inner, hostSideMac)]),
  )
}

/** RFC 2784, without options. */
function inGre(inner: Buffer): Buffer {
  return Buffer.concat([Buffer.from('00000800', 'hex'), inner])
}

const echoRequest = { type: 128 } as const

function ping(source: (scene: Scene) => string): Forge {
  return (scene, index, payload) => {
    const ip = source(scene)
    const ends = { source: ip, destination: destinationOf(scene, 6, index) }
    const body = Buffer.concat([Buffer.from([0, 1, 0, 1]), payload])
    const message = encodeIcmpv6Message(ends, echoRequest, body)
    return [frameOf(encodeIpPacket({ ...ends, protocol: protocols.icmpv6 }, message), scene.mac)]
  }
}

/** A TCP segment with SYN. Source: RFC 9293 3.1; its checksum is nobody's business on the way. */
function syn(source: (scene: Scene) => string): Forge {
  return (scene, index, payload) => {
    const ip = source(scene)
    const ends = { source: ip, destination: destinationOf(scene, versionOf(ip), index) }
    const header = Buffer.alloc(20)
    header.writeUInt16BE(80, 0)
    header.writeUInt16BE(portsOf(index).sourcePort, 2)
    header.writeUInt8(0x50, 12)
    header.writeUInt8(0x02, 13)
    header.writeUInt16BE(1000, 14)
    const packet = encodeIpPacket({ ...ends, protocol: protocols.tcp }, Buffer.concat([header, payload]))
    return [frameOf(packet, scene.mac)]
  }
}

/** None of these may pass. */
export const forgeries: readonly Kind[] = [
  ...([4, 6] as const).flatMap((version) => [
    {
      name: `IPv${version} of another pod of the node`,
      forge: from(({ victim }) => ipOf(victim.ips, version)),
    },
    {
      name: `IPv${version} of whom it is sent to`,
      forge: from((scene, index) => destinationOf(scene, version, index)),
    },
    {
      name: `IPv${version} of a pod of another node`,
      forge: from(({ farVictim }) => ipOf(farVictim.ips, version)),
    },
    { name: `IPv${version} of its node`, forge: from(({ node }) => ipOf(node.ips, version)) },
    { name: `IPv${version} of another node`, forge: from(({ otherNode }) => ipOf(otherNode.ips, version)) },
    { name: `IPv${version} of a machine outside`, forge: from(({ outside }) => ipOf(outside.ips, version)) },
    {
      name: `IPv${version} of another pod, in fragments`,
      forge: inFragments(({ victim }) => ipOf(victim.ips, version)),
    },
    {
      name: `IPv${version} of another pod, in a TCP segment`,
      forge: syn(({ victim }) => ipOf(victim.ips, version)),
    },
  ]),
  {
    name: 'IPv4 that nobody has, each another one',
    forge: from((_, index) => `172.20.${index >> 8}.${index & 255}`),
  },
  {
    name: 'IPv6 that nobody has, each another one',
    forge: from((_, index) => `2001:db8:9::${index.toString(16)}`),
  },
  { name: '0.0.0.0', forge: from(() => '0.0.0.0') },
  { name: '127.0.0.1', forge: from(() => '127.0.0.1') },
  { name: '127.255.0.9', forge: from(() => '127.255.0.9') },
  { name: '255.255.255.255', forge: from(() => '255.255.255.255') },
  { name: '224.0.0.1', forge: from(() => '224.0.0.1') },
  { name: '240.0.0.1', forge: from(() => '240.0.0.1') },
  { name: '169.254.1.1, its gateway', forge: from(() => '169.254.1.1') },
  { name: '::', forge: from(() => '::') },
  { name: '::1', forge: from(() => '::1') },
  { name: 'ff02::1', forge: from(() => 'ff02::1') },
  { name: '::ffff:10.67.0.3, IPv4 in IPv6', forge: from(() => '::ffff:10.67.0.3') },
  { name: 'fe80::ecee:eeff:feee:eeee, its gateway', forge: from(() => 'fe80::ecee:eeff:feee:eeee') },
  { name: 'fe80::bad, a link-local address of nobody', forge: from(() => 'fe80::bad') },
  { name: 'an echo request over IPv6 of another pod', forge: ping(({ victim }) => ipOf(victim.ips, 6)) },
  { name: 'VXLAN over IPv4', forge: encapsulated(4, protocols.udp, inVxlan) },
  { name: 'VXLAN over IPv6', forge: encapsulated(6, protocols.udp, inVxlan) },
  { name: 'VXLAN over IPv4, in fragments', forge: inFragments(own(4), vxlanPort) },
  { name: 'IP in IPv4', forge: encapsulated(4, 4, (inner) => inner) },
  { name: 'IP in IPv6', forge: encapsulated(6, 4, (inner) => inner) },
]

/**
 * All of these do. Source MACs are not checked, as by Calico (spec/dataplane.md 3): a veth pair has two ends, nobody but its
 * pod can send there, and the node has the pod's MAC as a permanent neighbour. GRE is ordinary policy's business.
 */
export const honest: readonly Kind[] = [
  ...([4, 6] as const).flatMap((version) => [
    { name: `its own IPv${version}`, forge: from(own(version)) },
    { name: `its own IPv${version}, in fragments`, forge: inFragments(own(version)) },
    { name: `its own IPv${version}, in a TCP segment`, forge: syn(own(version)) },
    { name: `its own IPv${version}, GRE`, forge: encapsulated(version, 47, inGre) },
    {
      name: `its own IPv${version}, with another source MAC`,
      forge: ((scene, index, payload) =>
        from(own(version))({ ...scene, mac: '02:6d:ff:ff:ff:ff' }, index, payload)) satisfies Forge,
    },
  ]),
  { name: 'an echo request over IPv6 of its own', forge: ping(own(6)) },
]
