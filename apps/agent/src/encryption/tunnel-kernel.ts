/** What a keeper of tunnels asks of its node's kernel. The real one is `NetlinkTunnels`. */
import type { Link, Route, RouteSpec, RoutingRule, RuleSpec, WireguardControl } from '@margay/netlink'
import type { IpVersion } from '@margay/netset'

/** Who does the work: the kernel's module, or a process. */
export type TunnelDriver = 'kernel' | 'wireguard-go'

export interface TunnelDevice {
  readonly link: Link
  readonly driver: TunnelDriver
  readonly control: WireguardControl
}

export interface TunnelKernel {
  /** Makes the device if it is not there. @throws what the kernel says, WireguardDaemonError */
  openDevice(name: string): Promise<TunnelDevice>
  /** With the process that runs it, which need not be able to hear it; nothing happens if it is not there. */
  removeDevice(name: string): Promise<void>
  /** Whether the kernel handles each peer in a thread of its own; nothing where it can't, or a process does the work. */
  setThreaded(device: TunnelDevice, isThreaded: boolean): void
  findLink(name: string): Link | undefined
  /** Of the link that has this address, besides the one with this index; undefined: none has. */
  mtuAt(address: string, besides: number): number | undefined
  changeLink(index: number, change: { readonly mtu?: number; readonly isUp?: boolean }): void
  /** CIDRs, without those of the link itself (fe80::). */
  addressesOf(index: number, version: IpVersion): readonly string[]
  addAddress(index: number, address: string): void
  deleteAddress(index: number, address: string): void
  /** Those in this table that the agent made. */
  routes(version: IpVersion, table: number): readonly Route[]
  addRoute(spec: RouteSpec): void
  deleteRoute(spec: RouteSpec): void
  /** Those that the agent made. */
  rules(version: IpVersion): readonly RoutingRule[]
  addRule(spec: RuleSpec): void
  deleteRule(spec: RuleSpec): void
  /** @throws SysctlError */
  writeSysctl(path: string, value: string): void
  /** Something changed, or may have, of these devices, their addresses, or what leads to them. */
  watch(onChange: () => void, onError: (error: unknown) => void): { close(): void }
}
