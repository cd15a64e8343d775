/**
 * What a Node says of its WireGuard: which keys and addresses its agent has, and where other nodes reach it.
 *
 * Everything here is what others wrote: what can't be read counts as absent, and of keys and times it is told apart.
 *
 * Source  spec/dataplane.md 6.2: Calico keeps these as annotations where Kubernetes is its store, and publishes an empty key where
 *         WireGuard is off. `margay.io/wireguard-rotate` is Margay's own.
 */
import { type Ip, type IpVersion, parseIp } from '@margay/netset'
import type { ResourceObject } from '../resource.ts'
import { agentLeaseNamespace } from './agent-report.ts'
import type { Node } from './schema.ts'

/** Base64 of the node's public key, one for each of its devices. */
export const wireguardPublicKeyAnnotation = 'projectcalico.org/WireguardPublicKey'
export const wireguardPublicKeyV6Annotation = 'projectcalico.org/WireguardPublicKeyV6'

/** The address of each of its devices. */
export const ipv4WireguardInterfaceAnnotation = 'projectcalico.org/IPv4WireguardInterfaceAddr'
export const ipv6WireguardInterfaceAnnotation = 'projectcalico.org/IPv6WireguardInterfaceAddr'

/** Where Calico's own node agent says which of its addresses others use: an address, mostly with a prefix length. */
export const ipv4AddressAnnotation = 'projectcalico.org/IPv4Address'
export const ipv6AddressAnnotation = 'projectcalico.org/IPv6Address'

/** Set by a person: keys that are older than this RFC 3339 time are made anew. */
export const wireguardRotateAnnotation = 'margay.io/wireguard-rotate'

/** Begins the annotations in which an agent says how it encrypts. */
export const encryptionAnnotationPrefix = 'margay.io/encryption'

/** Where private keys are, if they are kept in the API: a Secret for each node, which nobody else may read. */
export const wireguardSecretNamespace = agentLeaseNamespace

export function wireguardSecretName(node: string): string {
  return `wireguard-${node}`
}

/** Does it hold private keys of a node? Nodes make them anew where they are missing, so nobody has to keep a copy. */
export function isWireguardSecret({ kind, metadata }: Pick<ResourceObject, 'kind' | 'metadata'>): boolean {
  const { namespace, name } = metadata
  return (
    kind === 'Secret' && namespace === wireguardSecretNamespace && name.startsWith(wireguardSecretName(''))
  )
}

export interface WireguardKeys {
  /** Base64, as it stands there. */
  readonly ipv4?: string
  readonly ipv6?: string
  /** The annotations that hold something else than a key; such a key counts as none. */
  readonly malformed: readonly string[]
}

/** At most one of each IP version. */
export interface NodeIps {
  readonly ipv4?: Ip
  readonly ipv6?: Ip
}

type Described = Pick<Node, 'metadata'>

export function wireguardKeysOf(node: Described): WireguardKeys {
  const [ipv4, ipv6] = [wireguardPublicKeyAnnotation, wireguardPublicKeyV6Annotation].map((annotation) => {
    const text = annotationOf(node, annotation)
    const key = isWireguardKey(text) ? text : undefined
    return { key, malformed: key === undefined && text !== '' ? [annotation] : [] }
  })
  return {
    ...(ipv4?.key !== undefined && { ipv4: ipv4.key }),
    ...(ipv6?.key !== undefined && { ipv6: ipv6.key }),
    malformed: [...(ipv4?.malformed ?? []), ...(ipv6?.malformed ?? [])],
  }
}

const noKey = `${'A'.repeat(43)}=`

/** Canonical base64 of 32 bytes (RFC 4648, sections 3.5 and 4) that are not all zero: two texts are two keys. */
export function isWireguardKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text) && text !== noKey
}

export function wireguardInterfaceAddressesOf(node: Described): NodeIps {
  return nodeIps(
    addressIn(node, ipv4WireguardInterfaceAnnotation, 4),
    addressIn(node, ipv6WireguardInterfaceAnnotation, 6),
  )
}

/** Where other nodes send what is for this one: what Calico's agent says comes before what its kubelet reports. */
export function ownAddressesOf(node: Pick<Node, 'metadata' | 'status'>): NodeIps {
  return nodeIps(
    addressIn(node, ipv4AddressAnnotation, 4) ?? internalIp(node, 4),
    addressIn(node, ipv6AddressAnnotation, 6) ?? internalIp(node, 6),
  )
}

/** In milliseconds since 1970, and maybe in the future; undefined: nobody asked. */
export function wireguardRotationOf(node: Described): number | 'Malformed' | undefined {
  const text = annotationOf(node, wireguardRotateAnnotation)
  if (text === '') return undefined
  const time = rfc3339.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN
  return Number.isNaN(time) ? 'Malformed' : time
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i

function annotationOf({ metadata }: Described, name: string): string {
  return metadata.annotations?.[name]?.trim() ?? ''
}

/** `a.b.c.d/len`, or an address alone. */
function addressIn(node: Described, annotation: string, version: IpVersion): Ip | undefined {
  return ipOf(annotationOf(node, annotation).split('/')[0], version)
}

function internalIp({ status }: Pick<Node, 'status'>, version: IpVersion): Ip | undefined {
  const internal = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP')
  return internal.map(({ address }) => ipOf(address, version)).find((ip) => ip !== undefined)
}

function ipOf(text: string | undefined, version: IpVersion): Ip | undefined {
  const ip = parseIp(text ?? '')
  return ip?.version === version ? ip : undefined
}

function nodeIps(ipv4: Ip | undefined, ipv6: Ip | undefined): NodeIps {
  return { ...(ipv4 !== undefined && { ipv4 }), ...(ipv6 !== undefined && { ipv6 }) }
}
