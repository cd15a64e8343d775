/**
 * Settings of the node as a whole. Source: dataplane specification, section 3, and for floods the kernel's ip-sysctl and
 * nf_conntrack-sysctl pages.
 *
 * Left alone on purpose: `nf_conntrack_tcp_loose`. At 1 the kernel takes up connections in their middle. At 0 it would call
 * them invalid after entries were lost, by a flush or a full table, and so break connections that policy allows; and
 * at 1 nothing gets through that shouldn't, because policy judges such a packet as the first of its connection.
 */
import type { DesiredSysctl } from './host-model.ts'

export interface NodeNeeds {
  readonly hasIpv6: boolean
  /** False: forwarding is the administrator's (FelixConfiguration `ipForwarding: Disabled`). */
  readonly forwards: boolean
}

export function nodeSysctls({ hasIpv6, forwards }: NodeNeeds): DesiredSysctl[] {
  return [
    ...(forwards ? [exactly('net/ipv4/ip_forward', '1')] : []),
    ...(forwards && hasIpv6 ? [exactly('net/ipv6/conf/all/forwarding', '1')] : []),
    // Connections tell how many bytes they carried.
    optional(exactly('net/netfilter/nf_conntrack_acct', '1')),
    ...floodSysctls,
  ]
}

/**
 * A flood of SYNs costs neither the backlog of a listener nor, for long, the room of the connection table: cookies need no
 * backlog, and half-open entries end soon. 60 and 30 s outlast the longest pause between a client's SYNs (32 s, the
 * fifth repetition) and a server's SYN-ACKs (16 s) with the kernel's defaults, so no slow connection is cut.
 */
const floodSysctls: readonly DesiredSysctl[] = [
  // 2 (cookies always) is as safe, and an administrator's choice.
  optional(atLeast('net/ipv4/tcp_syncookies', '1')),
  optional(atMost('net/netfilter/nf_conntrack_tcp_timeout_syn_sent', '60')),
  optional(atMost('net/netfilter/nf_conntrack_tcp_timeout_syn_recv', '30')),
  // As many as kube-proxy gives the smallest node. Namespaces other than the first have the first one's, read-only.
  optional(atLeast('net/netfilter/nf_conntrack_max', '131072')),
]

function exactly(path: string, value: string): DesiredSysctl {
  return { path, value, bound: 'Exactly', isOptional: false }
}

function atLeast(path: string, value: string): DesiredSysctl {
  return { path, value, bound: 'AtLeast', isOptional: false }
}

function atMost(path: string, value: string): DesiredSysctl {
  return { path, value, bound: 'AtMost', isOptional: false }
}

function optional(sysctl: DesiredSysctl): DesiredSysctl {
  return { ...sysctl, isOptional: true }
}
