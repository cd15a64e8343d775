import type { Cidr, IpVersion } from '@margay/netset'
import type { DnsSettings } from './dns-settings.ts'
import type { EncryptionSettings } from './encryption-settings.ts'

/** What an agent is told by FelixConfiguration about its node. Source: spec/api.md 1.8, spec/dataplane.md 1, 2, 3. */
export interface NodeSettings {
  /** Interfaces whose name starts with one of these belong to workloads. Never empty. */
  readonly interfacePrefixes: readonly string[]
  readonly ipv6Support: boolean
  /** For packets from a workload to its own node, after egress policy allowed them. Return: others' rules go on. */
  readonly defaultEndpointToHostAction: 'Drop' | 'Return' | 'Accept'
  /** What Allow does at the end: Accept ends the hook, Return leaves the packet to others' rules. */
  readonly filterAllowAction: 'Accept' | 'Return'
  readonly mangleAllowAction: 'Accept' | 'Return'
  /** What a denied packet gets. Reject tells the sender. */
  readonly denyAction: 'Drop' | 'Reject'
  /** Whether ours come before or after the rules of others. */
  readonly chainInsertMode: 'insert' | 'append'
  readonly failsafeInbound: readonly FailsafePort[]
  readonly failsafeOutbound: readonly FailsafePort[]
  readonly allowVxlanFromWorkloads: boolean
  readonly allowIpipFromWorkloads: boolean
  /** UDP; 1-65535. */
  readonly vxlanPort: number
  /** In which nodes carry packets of workloads to each other. */
  readonly tunnels: NodeTunnels
  /** How the node itself encrypts; which ports that takes is among the tunnels. */
  readonly encryption: EncryptionSettings
  /** How the node learns which addresses names have. */
  readonly dns: DnsSettings
  /** Any: workloads may send from the prefixes that their annotation names. */
  readonly workloadSourceSpoofing: 'Disabled' | 'Any'
  /** False: whether the node forwards at all is its administrator's choice. */
  readonly forwards: boolean
  /** True: routes to interfaces of workloads that nobody is known to need are removed. */
  readonly removesExternalRoutes: boolean
  /** True: what untracked policy denies is dropped where frames come in, too. */
  readonly dropsEarly: boolean
  /** True: packets that connection tracking calls invalid are judged as others are. */
  readonly disableConntrackInvalidCheck: boolean
  /** Of the lines of Log rules, without what `%t`, `%k`, `%n` and `%p` stand for. */
  readonly logPrefix: string
  /** Undefined: no limit. */
  readonly logRateLimit: LogRateLimit | undefined
  /** Undefined: none are served. */
  readonly metrics: MetricsSettings | undefined
}

/** Where an agent serves metrics, as Prometheus reads them. */
export interface MetricsSettings {
  /** Undefined: at all addresses of the node. */
  readonly host: string | undefined
  /** TCP, 1-65535. */
  readonly port: number
  /** Also those of WireGuard. */
  readonly wireguard: boolean
}

export interface NodeTunnels {
  /** IP in IP, over IPv4 only. */
  readonly ipip: boolean
  /** The IP versions over which there is VXLAN; its port is `vxlanPort`. */
  readonly vxlan: readonly IpVersion[]
  /** UDP ports, 1-65535; none for an IP version without WireGuard. */
  readonly wireguard: readonly { readonly version: IpVersion; readonly port: number }[]
}

export interface LogRateLimit {
  /** 1-9999. */
  readonly lines: number
  readonly per: 'second' | 'minute' | 'hour' | 'day'
  /** 0-9999. */
  readonly burst: number
}

/** Connections that no policy of a host endpoint can cut: whoever shuts the node must be able to open it again. */
export interface FailsafePort {
  /** IANA protocol number: 6, 17 or 132. */
  readonly protocol: number
  /** The server's side; 0-65535, where 0 means every port. */
  readonly port: number
  /** Addresses of the far side; undefined means all, of both IP versions. */
  readonly net: Cidr | undefined
}
