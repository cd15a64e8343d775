/** Messages by which a pod claims to be somebody else's neighbour, or a router. */
import {
  type ArpMessage,
  encodeArp,
  encodeEthernet,
  encodeIcmpv6Message,
  encodeIpPacket,
  encodeMac,
  etherTypes,
  hostSideMac,
} from '@margay/lab'
import { formatIp, parseIp } from '@margay/netset'
import { protocols } from '@margay/policy'
import { ipOf, type Scene } from './forgeries.ts'

export interface NeighbourKind {
  readonly name: string
  readonly forge: (scene: Scene, index: number) => Buffer
}

type Claim = (scene: Scene, index: number) => string

const broadcast = 'ff:ff:ff:ff:ff:ff'
const gateways = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' } as const

function claimsOf(version: 4 | 6): readonly (readonly [whose: string, claim: Claim])[] {
  return [
    ['another pod of the node', ({ victim }) => ipOf(victim.ips, version)],
    ['a pod of another node', ({ farVictim }) => ipOf(farVictim.ips, version)],
    ['its node', ({ node }) => ipOf(node.ips, version)],
    ['another node', ({ otherNode }) => ipOf(otherNode.ips, version)],
    ['its gateway', () => gateways[version]],
    ['nobody, each another one', (_, index) => unusedAddress(version, index)],
  ]
}

function unusedAddress(version: 4 | 6, index: number): string {
  return version === 4 ? `172.21.${index >> 8}.${index & 255}` : `2001:db8:8::${index.toString(16)}`
}

function arp(destination: string, message: (scene: Scene, index: number) => ArpMessage) {
  return (scene: Scene, index: number): Buffer =>
    encodeEthernet(
      { source: scene.mac, destination, etherType: etherTypes.arp },
      encodeArp(message(scene, index)),
    )
}

/** For an address that the node answers for, and for its own. */
function arpRequest(claim: Claim) {
  return arp(broadcast, (scene, index) => ({
    operation: 'request',
    senderMac: scene.mac,
    senderIp: claim(scene, index),
    targetMac: '00:00:00:00:00:00',
    targetIp: ipOf((index % 2 === 0 ? scene.near : scene.node).ips, 4),
  }))
}

function arpReply(claim: Claim) {
  return arp(hostSideMac, (scene, index) => ({
    operation: 'reply',
    senderMac: scene.mac,
    senderIp: claim(scene, index),
    targetMac: hostSideMac,
    targetIp: gateways[4],
  }))
}

/** Sender and target are one (RFC 5227 3); both operations are in use. */
function gratuitousArp(claim: Claim) {
  return arp(broadcast, (scene, index) => ({
    operation: index % 2 === 0 ? 'request' : 'reply',
    senderMac: scene.mac,
    senderIp: claim(scene, index),
    targetMac: scene.mac,
    targetIp: claim(scene, index),
  }))
}

interface Discovery {
  readonly source: string
  readonly destination: string
  readonly type: number
  readonly body: Buffer
}

function discovery(mac: string, { source, destination, type, body }: Discovery): Buffer {
  const ends = { source, destination }
  const packet = encodeIpPacket(
    { ...ends, protocol: protocols.icmpv6, hopLimit: 255 },
    encodeIcmpv6Message(ends, { type }, body),
  )
  const isMulticast = destination.startsWith('ff')
  const to = isMulticast ? '33:33:00:00:00:01' : hostSideMac
  return encodeEthernet({ source: mac, destination: to, etherType: etherTypes.ipv6 }, packet)
}

/** RFC 4861 4.6.1: 1 is the source's, 2 the target's. */
function linkLayerOption(type: 1 | 2, mac: string): Buffer {
  return Buffer.concat([Buffer.from([type, 1]), encodeMac(mac)])
}

const none = Buffer.alloc(4)

/** RFC 4861 4.3. */
function neighbourSolicitation(claim: Claim) {
  return (scene: Scene, index: number): Buffer => {
    const source = claim(scene, index)
    const body = Buffer.concat([none, bytesOf(gateways[6]), linkLayerOption(1, scene.mac)])
    return discovery(scene.mac, { source, destination: gateways[6], type: 135, body })
  }
}

/** RFC 4861 4.4: solicited, and to override what is known. */
function neighbourAdvertisement(claim: Claim) {
  return (scene: Scene, index: number): Buffer => {
    const source = claim(scene, index)
    const flags = Buffer.from('60000000', 'hex')
    const body = Buffer.concat([flags, bytesOf(source), linkLayerOption(2, scene.mac)])
    return discovery(scene.mac, { source, destination: gateways[6], type: 136, body })
  }
}

/** RFC 4861 4.1. */
function routerSolicitation(claim: Claim) {
  return (scene: Scene, index: number): Buffer => {
    const body = Buffer.concat([none, linkLayerOption(1, scene.mac)])
    return discovery(scene.mac, { source: claim(scene, index), destination: gateways[6], type: 133, body })
  }
}

/** RFC 4861 4.2 and 4.6.2: a default router for half an hour, and a prefix to take an address from. */
function routerAdvertisement(scene: Scene, index: number): Buffer {
  const prefix = Buffer.concat([
    Buffer.from('030440c0000151800000384000000000', 'hex'),
    bytesOf(`2001:db8:7:${index.toString(16)}::`),
  ])
  const body = Buffer.concat([
    Buffer.from('400007080000000000000000', 'hex'),
    linkLayerOption(1, scene.mac),
    prefix,
  ])
  return discovery(scene.mac, { source: 'fe80::bad', destination: 'ff02::1', type: 134, body })
}

/** RFC 4861 4.5: whoever sends to that address shall send to the liar. */
function redirect(scene: Scene): Buffer {
  const body = Buffer.concat([
    none,
    bytesOf('fe80::bad'),
    bytesOf(ipOf(scene.far.ips, 6)),
    linkLayerOption(2, scene.mac),
  ])
  return discovery(scene.mac, { source: 'fe80::bad', destination: ipOf(scene.node.ips, 6), type: 137, body })
}

function bytesOf(ip: string): Buffer {
  // The destination of an IPv6 header, as the encoder writes it.
  return encodeIpPacket({ source: '::', destination: ip, protocol: 59 }, Buffer.alloc(0)).subarray(24, 40)
}

const linkLocal: Claim = (_, index) => `fe80::bad:${index.toString(16)}`

/** Of all these the node learns nothing: no neighbour, no route, no address. */
export const forgedNeighbours: readonly NeighbourKind[] = [
  ...claimsOf(4).flatMap(([whose, claim]) => [
    { name: `an ARP request of ${whose}`, forge: arpRequest(claim) },
    { name: `an ARP reply of ${whose}`, forge: arpReply(claim) },
    { name: `a gratuitous ARP message of ${whose}`, forge: gratuitousArp(claim) },
  ]),
  ...[...claimsOf(6), ['link-local addresses that nobody has', linkLocal] as const].flatMap(
    ([whose, claim]) => [
      { name: `a neighbour solicitation of ${whose}`, forge: neighbourSolicitation(claim) },
      { name: `a neighbour advertisement of ${whose}`, forge: neighbourAdvertisement(claim) },
      { name: `a router solicitation of ${whose}`, forge: routerSolicitation(claim) },
    ],
  ),
  { name: 'a router advertisement', forge: routerAdvertisement },
  { name: 'a redirect', forge: redirect },
]

/** Of these the node answers each, and learns no more than who it is. */
export const honestNeighbours = {
  arp: arpRequest(({ liar }) => ipOf(liar.ips, 4)),
  solicitation: neighbourSolicitation(({ liar }) => ipOf(liar.ips, 6)),
  /** By its link-local address, as its kernel makes it from its MAC (RFC 4291 appendix A). */
  linkLocalSolicitation: neighbourSolicitation(({ mac }) => linkLocalOf(mac)),
} as const

export function linkLocalOf(mac: string): string {
  const bytes = encodeMac(mac)
  bytes.writeUInt8(bytes.readUInt8(0) ^ 2, 0)
  const hex = Buffer.concat([bytes.subarray(0, 3), Buffer.from('fffe', 'hex'), bytes.subarray(3)]).toString(
    'hex',
  )
  const ip = parseIp(`fe80::${hex.replace(/(.{4})(?=.)/g, '$1:')}`)
  return ip === undefined ? '' : formatIp(ip)
}
