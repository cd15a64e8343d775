import type { Ip } from '@margay/netset'
import type { Cluster, ReferencePod, Thing } from './cluster.ts'
import type { ReferenceRequest } from './http-request.ts'

/** One packet that opens a connection, as a person would ask about it. */
export interface Packet {
  /** An address, or `namespace/name` of a pod. */
  readonly source: string
  readonly destination: string
  readonly ipVersion: 4 | 6
  /** IANA protocol number, 0-255. */
  readonly protocol: number
  /** 0-65535; for TCP, UDP and SCTP. */
  readonly sourcePort?: number | undefined
  readonly destinationPort?: number | undefined
  /** For ICMP and ICMPv6: each 0-255. */
  readonly icmp?: { readonly type: number; readonly code: number } | undefined
  /** By which the node knows the ends, from DNS. */
  readonly sourceNames?: readonly string[] | undefined
  readonly destinationNames?: readonly string[] | undefined
  /** What is sent in the connection that the packet opens: a request, or what is none. Undefined: may the connection be opened? */
  readonly http?: ReferenceRequest | 'NotHttp' | undefined
}

/** A packet together with what is known of its two ends. */
export interface Crossing {
  readonly cluster: Cluster
  readonly packet: Packet
  readonly source: End
  readonly destination: End
}

export interface End {
  /** Undefined for a pod that has no address of the packet's IP version yet. */
  readonly ip: Ip | undefined
  readonly port: number | undefined
  /** Undefined for an address that no pod has. */
  readonly pod: ReferencePod | undefined
  /** None where a pod or a host endpoint has the address, whatever DNS says. */
  readonly names: readonly string[]
}

export interface ReferenceRule {
  readonly action: 'Allow' | 'Deny' | 'Pass' | 'Log'
  readonly matches: (crossing: Crossing) => boolean
}

/** A policy of any API, reduced to the questions that are asked of it. */
export interface ReferencePolicy {
  readonly tier: string
  readonly order: number
  /** `name/namespace/kind`: settles ties of order (spec 4). */
  readonly tieBreak: string
  readonly types: readonly ('Ingress' | 'Egress')[]
  /** Which of the lists of spec I12 it is in; `forward` says whether it is in that one beside `normal`. */
  readonly list: 'normal' | 'untracked' | 'preDNAT'
  readonly forward: boolean
  /** Pods, and host endpoints. */
  readonly selects: (thing: Thing | ReferencePod) => boolean
  readonly ingress: readonly ReferenceRule[]
  readonly egress: readonly ReferenceRule[]
}

export function nameless(end: End): End {
  return { ...end, names: [] }
}

/** A pod is where it is, and so is everything that holds its address. */
export function isAt(thing: Thing, { pod, ip }: End): boolean {
  return thing === pod || (ip !== undefined && thing.holds(ip))
}

/** Is the port that the packet goes to, or comes from, the one that this pod or host endpoint calls by the name? */
export function hasNamedPort(
  thing: Thing | undefined,
  port: number | undefined,
  name: string,
  protocol: number,
): boolean {
  const ports = thing?.ports ?? []
  return ports.some((it) => it.name === name && it.port === port && it.protocol === protocol)
}
