export {
  type Connection,
  type ConnectionCounters,
  type ConnectionTuple,
  ConntrackSocket,
} from './conntrack/index.ts'
export { NetlinkDecodeError, NetlinkError, SyscallError } from './errors.ts'
export { type GenericRequest, GenericSocket, type GenericSocketOptions } from './generic/generic-socket.ts'
export { type LoggedPacket, PacketLog, type PacketLogOptions } from './log/index.ts'
export { Attribute, Attributes, Span } from './message/attributes.ts'
export {
  NETLINK_GENERIC,
  NETLINK_NETFILTER,
  NETLINK_ROUTE,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
} from './message/constants.ts'
export { MessageWriter } from './message/message-writer.ts'
export { type NetlinkMessage, readMessages } from './message/messages.ts'
export type { EventObject, ObjectEvent } from './nftables/decode/decode-event.ts'
export { type CommitOptions, Nftables, type NftablesOptions } from './nftables/nftables.ts'
export { NftablesError, type RefusedChange } from './nftables/nftables-error.ts'
export type { ForeignChange, Watch } from './nftables/watch.ts'
export {
  type HeldVerdict,
  PacketQueue,
  type PacketQueueOptions,
  type QueuedPacket,
  type QueueStatistics,
} from './queue/index.ts'
export {
  type AddressSpec,
  decodeRouteEvent,
  type Happening,
  type InterfaceAddress,
  type IpFamily,
  type Link,
  type LinkChange,
  type Neighbour,
  type NeighbourFilter,
  type NeighbourSpec,
  type NextHop,
  NUD_PERMANENT,
  type OperationalState,
  type Qdisc,
  type Route,
  type RouteEvent,
  type RouteEventKind,
  type RouteEventsOptions,
  type RouteFilter,
  RouteSocket,
  type RouteSpec,
  type RouteType,
  type RoutingRule,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTPROT_BOOT,
  RTPROT_KERNEL,
  RTPROT_STATIC,
  type RuleAction,
  type RuleSpec,
  type TokenBucket,
  type VethSpec,
  watchRouting,
} from './route/index.ts'
export { NetlinkEvents, type NetlinkEventsOptions } from './socket/netlink-events.ts'
export {
  type Answers,
  type NetlinkRequest,
  NetlinkSocket,
  type NetlinkSocketOptions,
} from './socket/netlink-socket.ts'
export { forbidCoreDumps } from './syscalls/core-dumps.ts'
export { inNetworkNamespace } from './syscalls/network-namespace.ts'
export {
  type KernelWireguardOptions,
  openKernelWireguard,
  openUserspaceWireguard,
  PrivateKey,
  type UserspaceWireguardOptions,
  type WireguardChange,
  type WireguardControl,
  WireguardDecodeError,
  type WireguardDevice,
  type WireguardEndpoint,
  WireguardError,
  type WireguardPeer,
  type WireguardPeerChange,
  WireguardUnsupportedError,
} from './wireguard/index.ts'
