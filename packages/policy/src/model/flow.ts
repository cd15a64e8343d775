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
}

export interface FlowPeer {
  readonly endpoint: Endpoint | undefined
  readonly address: Ip | undefined
}
