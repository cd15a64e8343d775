/**
 * The `ip` commands and the sysctls that make namespaces into nodes and pods. Pure: text out, nothing done.
 *
 * A pod is wired as Calico's CNI plugin does it: `eth0` with host-length prefixes, one gateway that no interface
 * owns, and on the node a veth whose MAC is always the same. Neighbours are permanent on both sides, so no first
 * packet waits for ARP or neighbour discovery, and tables of many pods don't overflow the kernel's neighbour cache.
 */
import { hostSideMac, podGateways, podMac } from '../address-plan.ts'
import type { LabNode, LabPod } from '../members.ts'
import { familyOf } from '../syscalls/sockaddr.ts'

/** Path below /proc/sys/net, and the value. */
export type Sysctl = readonly [path: string, value: string]

const addressesUsableAtOnce: readonly Sysctl[] = [
  ['ipv6/conf/all/disable_ipv6', '0'],
  ['ipv6/conf/default/disable_ipv6', '0'],
  ['ipv6/conf/all/accept_ra', '0'],
  ['ipv6/conf/default/accept_ra', '0'],
  ['ipv6/conf/all/accept_dad', '0'],
  ['ipv6/conf/default/accept_dad', '0'],
  ['ipv6/conf/default/dad_transmits', '0'],
]
/** A probe takes an ICMP error as its answer: none may be held back. */
const icmpWithoutLimit: readonly Sysctl[] = [
  ['ipv4/icmp_ratelimit', '0'],
  ['ipv4/icmp_msgs_per_sec', '1000000'],
  ['ipv4/icmp_msgs_burst', '1000000'],
  ['ipv6/icmp/ratelimit', '0'],
]

export const podSysctls: readonly Sysctl[] = [...addressesUsableAtOnce, ...icmpWithoutLimit]

/** Defaults come before any link is made: each link takes them over as it appears. */
export const nodeSysctls: readonly Sysctl[] = [
  ...addressesUsableAtOnce,
  ...icmpWithoutLimit,
  ['ipv4/ip_forward', '1'],
  ['ipv6/conf/all/forwarding', '1'],
  ['ipv6/conf/default/forwarding', '1'],
  ['ipv4/conf/all/rp_filter', '0'],
  ['ipv4/conf/default/rp_filter', '1'],
  ['ipv4/conf/default/proxy_arp', '1'],
  // Conntrack checks UDP-Lite with UDP's pseudo-header and so calls every correct datagram invalid.
  ['netfilter/nf_conntrack_checksum', '0'],
]

/** On a node's own interface: it answers for its pods by routing, not by ARP. */
export const uplinkSysctls: readonly Sysctl[] = [['ipv4/conf/eth0/proxy_arp', '0']]

export function addNamespaces(names: readonly string[]): string[] {
  return names.map((name) => `netns add ${name}`)
}

export function deleteNamespaces(names: readonly string[]): string[] {
  return names.map((name) => `netns del ${name}`)
}

/** In the bridge's namespace, once. */
export function makeBridge(): string[] {
  return ['link set lo up', 'link add br0 type bridge forward_delay 0 mcast_snooping 0', 'link set br0 up']
}

/** In the bridge's namespace: a veth pair to the node. `index` is the node's. */
export function joinNode(node: LabNode, index: number): string[] {
  const port = `port${index}`
  return [`link add ${port} type veth peer name eth0 netns ${node.netns}`, `link set ${port} master br0 up`]
}

export function unjoinNode(index: number): string[] {
  return [`link del port${index}`]
}

/** In the node's namespace. */
export function configureNode(node: LabNode): string[] {
  const addresses = node.ips.map((ip) =>
    familyOf(ip) === 4 ? `addr add ${ip}/16 dev eth0` : `addr add ${ip}/64 dev eth0 nodad`,
  )
  return ['link set lo up', ...addresses, 'link set eth0 up']
}

/** In the node's namespace: the veth pair, and the routes to the pod. `index` is unique in the lab. */
export function plugPod(pod: LabPod, index: number): string[] {
  const { interfaceName: host } = pod
  const mac = podMac(index)
  const peer = `peer name eth0 address ${mac} netns ${pod.netns}`
  const routes = pod.ips.flatMap((ip) => [
    `neigh replace ${ip} lladdr ${mac} dev ${host} nud permanent`,
    `route replace ${hostPrefix(ip)} dev ${host} scope link`,
  ])
  return [`link add ${host} address ${hostSideMac} type veth ${peer}`, `link set ${host} up`, ...routes]
}

/** In the node's namespace; its routes go with it. */
export function unplugPod(pod: LabPod): string[] {
  return [`link del ${pod.interfaceName}`]
}

/** In the pod's namespace, after `plugPod`. */
export function configurePod(pod: LabPod): string[] {
  const addresses = pod.ips.map(
    (ip) => `addr add ${hostPrefix(ip)} dev eth0${familyOf(ip) === 6 ? ' nodad' : ''}`,
  )
  const families = new Set(pod.ips.map(familyOf))
  return [
    'link set lo up',
    ...addresses,
    'link set eth0 up',
    ...(families.has(4) ? gatewayIpv4 : []),
    ...(families.has(6) ? gatewayIpv6 : []),
  ]
}

/** In the namespace of every node other than the pod's. */
export function routeToPod(pod: LabPod, home: LabNode): string[] {
  return pod.ips.map((ip) => `route replace ${hostPrefix(ip)} via ${gatewayFor(ip, home)}`)
}

export function forgetPod(pod: LabPod): string[] {
  return pod.ips.map((ip) => `route del ${hostPrefix(ip)}`)
}

/** In the node's namespace. It leads to the network of nodes, as the default route of a real node does. */
export function routeToService(ip: string): string {
  return `route replace ${hostPrefix(ip)} dev eth0`
}

const gatewayIpv4 = [
  `route add ${podGateways.ipv4}/32 dev eth0 scope link`,
  `neigh replace ${podGateways.ipv4} lladdr ${hostSideMac} dev eth0 nud permanent`,
  `route add 0.0.0.0/0 via ${podGateways.ipv4} dev eth0`,
]
const gatewayIpv6 = [
  `neigh replace ${podGateways.ipv6} lladdr ${hostSideMac} dev eth0 nud permanent`,
  `route add ::/0 via ${podGateways.ipv6} dev eth0`,
]

function hostPrefix(ip: string): string {
  return familyOf(ip) === 4 ? `${ip}/32` : `${ip}/128`
}

function gatewayFor(ip: string, node: LabNode): string {
  const gateway = node.ips.find((address) => familyOf(address) === familyOf(ip))
  if (gateway === undefined) throw new RangeError(`node ${node.name} has no address of the family of ${ip}`)
  return gateway
}
