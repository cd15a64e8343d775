import type { Cidr, IpVersion, PortRange } from '@margay/netset'
import type { AddressPortSet } from '../state/address-port-set.ts'
import type { AddressSet } from '../state/address-set.ts'
import type { DomainSet } from '../state/domain-set.ts'
import type { ServiceSet } from '../state/service-set.ts'

export type Action = 'Allow' | 'Deny' | 'Pass' | 'Log'
export type Direction = 'Ingress' | 'Egress'

/** A rule whose selectors are resolved to address sets. All criteria that are present must hold. */
export interface Rule {
  readonly action: Action
  /** Position in the list that a person wrote; several rules can stem from one (Kubernetes peers × ports). */
  readonly origin: number
  /** 4 or 6 when the rule can only match packets of that family. */
  readonly ipVersion: IpVersion | undefined
  /** IANA protocol number, 0-255. */
  readonly protocol: number | undefined
  readonly notProtocol: number | undefined
  readonly icmp: IcmpMatch | undefined
  readonly notIcmp: IcmpMatch | undefined
  /** Of HTTP requests only: what opens a connection is no request, and the kernel sees no other packet (spec I24). */
  readonly http: HttpMatch | undefined
  readonly source: PeerMatch
  readonly destination: PeerMatch
}

/** Without a code every code of the type matches; without a type every ICMP packet of the rule's protocol does. */
export interface IcmpMatch {
  readonly type: number | undefined
  readonly code: number | undefined
}

/** What a request must be. Lists of methods and of paths are ORed, headers ANDed, and all must hold; an absent one is undefined. */
export interface HttpMatch {
  /** Case-sensitive; `*` is any. */
  readonly methods: readonly string[] | undefined
  readonly paths: readonly HttpPathMatch[] | undefined
  readonly headers: readonly HttpHeaderMatch[] | undefined
}

/** A prefix ends where a segment does: `/pub` is one of `/pub/a`, and not of `/public`. */
export interface HttpPathMatch {
  readonly kind: 'Exact' | 'Prefix'
  /** As `normalizePath` gives it; but the prefix of all paths is empty, so that none ends with a slash. */
  readonly path: string
}

/**
 * `In`: the header is there, and its whole value is one of these. `NotIn`: it is absent, or neither its whole value nor one of its parts
 * between commas is. Spaces around values and parts don't count.
 */
export interface HttpHeaderMatch {
  /** In lower case. `host` means the host of the request. */
  readonly name: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Case-sensitive, but for those of `host`, which are as `canonicalHost` gives them. Empty for `Exists` and `DoesNotExist`. */
  readonly values: readonly string[]
}

/** One side of a rule. Lists are ORed, criteria are ANDed; an absent criterion is undefined, never an empty list. */
export interface PeerMatch {
  readonly nets: readonly Cidr[] | undefined
  readonly notNets: readonly Cidr[] | undefined
  readonly inSet: AddressSet | undefined
  /**
   * True for destinations of egress rules that allow: `inSet` also holds for addresses outside of the cluster that are known by a name
   * that a network set of the set gives (`domains`). Only with `inSet`.
   */
  readonly countsNames: boolean
  /** Addresses outside of the cluster that are known by a name of one of these; only of egress rules that allow. */
  readonly inDomains: DomainSet | undefined
  /** Addresses that nobody knows are outside of every set, so they match a negated one. */
  readonly notInSet: AddressSet | undefined
  /** A source must have an address of the service, a destination one of its addresses with the port that belongs to it. */
  readonly inService: ServiceSet | undefined
  readonly ports: PortMatch | undefined
  readonly notPorts: PortMatch | undefined
}

/** Numeric ranges ORed with named ports; a name means each endpoint's own number, for that endpoint's addresses only. */
export interface PortMatch {
  readonly ranges: readonly PortRange[]
  readonly names: readonly string[]
  /** Restricts whose named ports count: the side's positive selector, for `notPorts` too (spec 2, named port match). */
  readonly namesWithin: AddressSet | undefined
  /** Where the endpoints that count have ports of these names; undefined without names. */
  readonly named: AddressPortSet | undefined
}

export const anyPeer: PeerMatch = {
  nets: undefined,
  notNets: undefined,
  inSet: undefined,
  countsNames: false,
  inDomains: undefined,
  notInSet: undefined,
  inService: undefined,
  ports: undefined,
  notPorts: undefined,
}
