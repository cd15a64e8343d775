/** Where the members of a cast are, by which interface each node reaches them, and the services in front of them. Pure. */
import { type IpVersion, parseIp } from '@margay/netset'
import { interfaceNameOf } from '@margay/resources'
import { type Cast, type CastNode, hostInterfaces } from '@margay/testkit'

const [uplink, secondInterface] = hostInterfaces

export interface Place {
  readonly name: string
  readonly kind: 'pod' | 'node' | 'stranger'
  /** Itself, or the node that it is attached to. */
  readonly node: string
  /** The interface of its node that leads to it; undefined for a node. */
  readonly link: string | undefined
  readonly addresses: readonly string[]
}

/** Addresses and a port that lead to one backend, for what one node sees. */
export interface Service {
  readonly kind: 'ClusterIP' | 'NodePort'
  /** The one that translates. */
  readonly node: string
  /** Those of a node port are the node's own. All of one family. */
  readonly ips: readonly string[]
  readonly protocol: number
  readonly port: number
  readonly backend: { readonly ip: string; readonly port: number }
  /** What leaves for another node seems to come from this one. */
  readonly masquerades: boolean
}

/** Of each node, at its second interface: host endpoints may expect it. */
export const secondAddresses: Readonly<Record<string, readonly string[]>> = {
  a: ['192.0.2.1', '2001:db8:2::1'],
  b: ['192.0.2.2', '2001:db8:2::2'],
}

export function withSecondAddresses(cast: Cast): Cast {
  const nodes = cast.nodes.map(({ name, addresses }) => ({
    name,
    addresses: [...addresses, ...(secondAddresses[name] ?? [])],
  }))
  return { ...cast, nodes }
}

export function placesOf({ seats, strangers, nodes }: Cast): Place[] {
  return [
    ...seats.map(({ namespace, name, node, addresses }): Place => {
      return { name, kind: 'pod', node, link: interfaceNameOf(namespace, name), addresses }
    }),
    ...strangers.map(({ name, node, addresses }): Place => {
      return { name, kind: 'stranger', node, link: secondInterface, addresses }
    }),
    ...nodes.map(({ name, addresses }): Place => {
      return { name, kind: 'node', node: name, link: undefined, addresses }
    }),
  ]
}

const [tcp, udp, sctp] = [6, 17, 132]

/**
 * Behind services are pods here and on the other node, somebody outside, and a process of a node; behind ports of nodes, a pod
 * here or one on the other node.
 */
export function servicesOf({ nodes }: Cast): Service[] {
  return nodes.flatMap((node) => [
    ...clusterIps(node, tcp, 80, { ips: ['10.65.0.1', 'fd65::1'], port: 80 }),
    ...clusterIps(node, udp, 9000, { ips: ['10.65.0.2', 'fd65::2'], port: 53 }),
    ...clusterIps(node, sctp, 81, { ips: ['10.65.1.1', 'fd65::1:1'], port: 80 }),
    ...clusterIps(node, tcp, 443, { ips: ['203.0.113.7', '2001:db8::7'], port: 443 }),
    ...clusterIps(node, udp, 53, { ips: ['198.18.0.2', 'fd6d:6172:6761:7900::2'], port: 53 }),
    ...nodePorts(node, tcp, { node: 'a', ips: ['10.65.0.1', 'fd65::1'], port: 80 }),
    ...nodePorts(node, udp, { node: 'b', ips: ['10.65.128.1', 'fd65::8000:1'], port: 53 }),
  ])
}

interface Backends {
  readonly ips: readonly string[]
  readonly port: number
}

function clusterIps({ name: node }: CastNode, protocol: number, port: number, backends: Backends): Service[] {
  return inFamilies(backends).map(({ version, backend }): Service => {
    const ips = [version === 4 ? '10.96.0.1' : 'fd96::1']
    return { kind: 'ClusterIP', node, ips, protocol, port, backend, masquerades: false }
  })
}

const nodePort = 8080

/** A backend on the other node would answer past this one. */
function nodePorts(
  { name: node, addresses }: CastNode,
  protocol: number,
  backends: Backends & { readonly node: string },
): Service[] {
  return inFamilies(backends).map(({ version, backend }): Service => {
    const ips = addresses.filter((address) => versionOf(address) === version)
    const masquerades = backends.node !== node
    return { kind: 'NodePort', node, ips, protocol, port: nodePort, backend, masquerades }
  })
}

function inFamilies({ ips, port }: Backends) {
  return ips.map((ip) => ({ version: versionOf(ip), backend: { ip, port } }))
}

export function placeAt(places: readonly Place[], address: string): Place | undefined {
  return places.find(({ addresses }) => addresses.includes(address))
}

/** The interface by which a node sends there; undefined: to its own processes. */
export function routeFrom(places: readonly Place[], node: string, address: string): string | undefined {
  const place = placeAt(places, address)
  return place?.node === node ? place.link : uplink
}

export function versionOf(address: string): IpVersion {
  const ip = parseIp(address)
  if (ip === undefined) throw new Error(`${address} is no address`)
  return ip.version
}
