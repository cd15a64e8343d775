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
  /** Set: may this request be made in the connection, as who reads it judges? Undefined: may it be opened, as the kernel judges? */
  readonly http?: HttpRequest | undefined
}

/** What rules can ask about of an HTTP request. */
export interface HttpRequest {
  /** As it is sent: `GET`. */
  readonly method: string
  /** Begins with `/`; without a query, and as rules write paths: neither dot segments nor doubled slashes. */
  readonly path: string
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
