import type { Cidr, Ip } from '@margay/netset'
import type { EndpointLimits } from './endpoint-limits.ts'

/** A port that a workload names, so that a rule can say `http` and mean each pod's own number. */
export interface NamedPort {
  readonly name: string
  /** IANA protocol number: 6, 17 or 132. */
  readonly protocol: number
  /** 1-65535. */
  readonly port: number
}

/** A workload endpoint as policy sees it: labels to select it by, addresses and named ports to reach it at. */
export interface Endpoint {
  /** `namespace/name`; identifies the endpoint within a state. */
  readonly key: string
  readonly namespace: string
  readonly name: string
  /** The node that it runs on; undefined before it is scheduled and for workloads read offline. */
  readonly node: string | undefined
  /** Effective labels: its own, then those inherited from its namespace (`pcns.`) and service account (`pcsa.`). */
  readonly labels: ReadonlyMap<string, string>
  readonly addresses: readonly Ip[]
  readonly ports: readonly NamedPort[]
  /** The host's side of its veth pair. */
  readonly interfaceName: string
  /** Consulted in this order when no tier decided. */
  readonly profiles: readonly ProfileRef[]
  /** Whose addresses it asks to send from, beside its own; granted where `workloadSourceSpoofing` is Any. */
  readonly allowedSourcePrefixes: readonly Cidr[]
  readonly limits: EndpointLimits | undefined
}

/**
 * A profile as the last stage: `Allow` for a namespace that is known, `None` for one without rules (a service account's),
 * `Deny` for one that should exist and doesn't (spec: a missing profile denies, in its place in the list).
 */
export interface ProfileRef {
  readonly name: string
  readonly action: 'Allow' | 'Deny' | 'None'
}
