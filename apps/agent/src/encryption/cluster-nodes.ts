/** Nodes as the API tells them ▶ nodes as their peers ask. */
import { type Cidr, type Ip, type IpVersion, parseCidr } from '@margay/netset'
import {
  type Node,
  ownAddressesOf,
  type ResourceObject,
  wireguardInterfaceAddressesOf,
  wireguardKeysOf,
  wireguardPublicKeyAnnotation,
  wireguardPublicKeyV6Annotation,
} from '@margay/resources'
import type { ClusterNode } from './tunnel-model.ts'

interface BothVersions extends Readonly<Record<IpVersion, ClusterNode>> {
  /** From which its pods have their addresses. */
  readonly podCidrs: readonly Cidr[]
}

const known = new WeakMap<ResourceObject, BothVersions>()

/** Each object is read once. */
function clusterNode(object: ResourceObject): BothVersions {
  const there = known.get(object)
  if (there !== undefined) return there
  const node = object as unknown as Node
  const read = { 4: nodeIn(node, 4), 6: nodeIn(node, 6), podCidrs: podCidrsOf(node) }
  known.set(object, read)
  return read
}

/** All that the API tells, in its order. */
export interface ClusterNodes extends Readonly<Record<IpVersion, readonly ClusterNode[]>> {
  /** Of each node, from which its pods have their addresses; the same object as before if that did not change. */
  readonly homes: ReadonlyMap<string, readonly Cidr[]>
}

interface ReadNodes extends ClusterNodes {
  readonly objects: readonly ResourceObject[]
  readonly nodes: readonly BothVersions[]
}

/** As they were when a map was read last: maps of informers live on. */
const lastRead = new WeakMap<ReadonlyMap<string, ResourceObject>, ReadNodes>()

/** Of the same map, when it is read again, each object that it had before costs a glance. */
export function clusterNodes(map: ReadonlyMap<string, ResourceObject>): ClusterNodes {
  const before = lastRead.get(map)
  const objects = [...map.values()]
  const isSame = (object: ResourceObject, index: number) => before?.objects[index] === object
  if (before?.objects.length === objects.length && objects.every(isSame)) return before
  const nodes = objects.map(
    (object, index) => (isSame(object, index) && before?.nodes[index]) || clusterNode(object),
  )
  const read = {
    objects,
    nodes,
    4: nodes.map((it) => it[4]),
    6: nodes.map((it) => it[6]),
    homes: homesOf(nodes, before),
  }
  lastRead.set(map, read)
  return read
}

function homesOf(nodes: readonly BothVersions[], before: ReadNodes | undefined): ClusterNodes['homes'] {
  const isSame = ({ 4: { name }, podCidrs }: BothVersions, index: number) => {
    const there = before?.nodes[index]
    return there?.[4].name === name && isSameCidrs(there.podCidrs, podCidrs)
  }
  if (before?.nodes.length === nodes.length && nodes.every(isSame)) return before.homes
  return new Map(nodes.map((it) => [it[4].name, it.podCidrs]))
}

const keyAnnotations = { 4: wireguardPublicKeyAnnotation, 6: wireguardPublicKeyV6Annotation } as const
const fields = { 4: 'ipv4', 6: 'ipv6' } as const

function nodeIn(node: Node, version: IpVersion): ClusterNode {
  const keys = wireguardKeysOf(node)
  const field = fields[version]
  return {
    name: node.metadata.name,
    address: ownAddressesOf(node)[field],
    publicKey: keys[field],
    isMalformed: keys.malformed.includes(keyAnnotations[version]),
    interfaceAddress: wireguardInterfaceAddressesOf(node)[field],
    podCidrs: podCidrsOf(node).filter((cidr) => cidr.version === version),
  }
}

/** `podCIDR` is the first of `podCIDRs`, and alone where an old controller writes it. */
function podCidrsOf({ spec }: Node): Cidr[] {
  const texts = new Set([...(spec?.podCIDRs ?? []), ...(spec?.podCIDR === undefined ? [] : [spec.podCIDR])])
  return [...texts].map((text) => parseCidr(text)).filter((cidr) => cidr !== undefined)
}

/** As their peers see them. */
export function isSameNode(one: ClusterNode, other: ClusterNode): boolean {
  return (
    one.name === other.name &&
    isSameIp(one.address, other.address) &&
    one.publicKey === other.publicKey &&
    one.isMalformed === other.isMalformed &&
    isSameIp(one.interfaceAddress, other.interfaceAddress) &&
    isSameCidrs(one.podCidrs, other.podCidrs)
  )
}

/** In the same order. */
export function isSameCidrs(one: readonly Cidr[], other: readonly Cidr[]): boolean {
  const isAt = ({ version, base, prefixLength }: Cidr, index: number) => {
    const there = other[index]
    return there?.version === version && there.base === base && there.prefixLength === prefixLength
  }
  return one === other || (one.length === other.length && one.every(isAt))
}

function isSameIp(one: Ip | undefined, other: Ip | undefined): boolean {
  return one?.version === other?.version && one?.value === other?.value
}
