/** What the tables have to know that hand DNS messages to the agent. */
import type { Ip } from '@margay/netset'

export interface DnsOptions {
  /** Whose answers are believed. Without any there is no table. */
  readonly servers: readonly DnsServer[]
  /** What names of pods' interfaces begin with. */
  readonly interfacePrefixes: readonly string[]
  /** The queue in which the agent reads answers, and the group (NFLOG) of which it reads questions: 0 to 65535. */
  readonly queue: number
  /** What this kernel has: nf_tables' own expression, or iptables' target. */
  readonly queueBy: 'nft' | 'xtables'
}

/** An address of a pod, a service, or anything else, and the port there, of UDP and TCP. */
export interface DnsServer {
  readonly address: Ip
  /** 1 to 65535. */
  readonly port: number
}
