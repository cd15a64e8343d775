/** Nodes as the API tells them ▶ nodes as their peers ask. */
import { type Cidr, type IpVersion, parseCidr } from '@margay/netset'
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

export type BothVersions<T> = Readonly<Record<IpVersion, T>>

const known = new WeakMap<ResourceObject, BothVersions<ClusterNode>>()

/** Each object is read once. */
export function clusterNode(object: ResourceObject): BothVersions<ClusterNode> {
  const there = known.get(object)
  if (there !== undefined) return there
  const node = object as unknown as Node
  const read = { 4: nodeIn(node, 4), 6: nodeIn(node, 6) }
  known.set(object, read)
  return read
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
