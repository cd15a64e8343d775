import type { Ip, IpVersion } from '@margay/netset'
import type { Endpoint } from './endpoint.ts'

/**
 * One packet that opens a connection, as policy judges it: replies follow conntrack and are not asked about.
 * A side without an endpoint is outside of the cluster; a side without an address is a workload known only by its labels.
 */
export interface Flow {
  readonly source: FlowPeer
  readonly destination: FlowPeer
  readonly ipVersion: IpVersion
  /** IANA protocol number, 0-255. */
  readonly protocol: number
  /** 0-65535; undefined for protocols without ports, and when the question leaves it open. */
  readonly sourcePort: number | undefined
  readonly destinationPort: number | undefined
  /** Type and code, each 0-255; undefined for all but ICMP and ICMPv6. */
  readonly icmp: { readonly type: number; readonly code: number } | undefined
  /** Of what is sent in the connection. Undefined: may it be opened, as the kernel judges? */
  readonly http?: Sent | undefined
}

/** An HTTP request, as who reads it judges; or bytes that nobody reads as requests, so that no rule about these matches. */
export type Sent = HttpRequest | 'NotHttp'

/** What rules can ask about of an HTTP request. `readRequest` makes them. */
export interface HttpRequest {
  /** As it is sent: `GET`. */
  readonly method: string
  /** As `normalizePath` gives it; undefined: it can't be normalised, so no rule that asks for paths matches. */
  readonly path: string | undefined
  /** By name in lower case; fields of the same name joined with commas. `host` as `canonicalHost` gives it. Absent: none. */
  readonly headers?: ReadonlyMap<string, string> | undefined
}

export interface FlowPeer {
  readonly endpoint: Endpoint | undefined
  readonly address: Ip | undefined
  /**
   * Names by which an address outside of the cluster is known on the node that judges, from answers of DNS: as `canonicalDomain` gives
   * them. Those of an address that an endpoint has count for nothing, so that nobody's DNS can open the way to a workload.
   */
  readonly names?: readonly string[]
}
