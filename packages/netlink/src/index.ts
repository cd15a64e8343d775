export { NetlinkDecodeError, NetlinkError, SyscallError } from './errors.ts'
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
export { conntrackState, conntrackStatus } from './nftables/index.ts'
export { NetlinkEvents, type NetlinkEventsOptions } from './socket/netlink-events.ts'
export {
  type Answers,
  type NetlinkRequest,
  NetlinkSocket,
  type NetlinkSocketOptions,
} from './socket/netlink-socket.ts'
export { inNetworkNamespace } from './syscalls/network-namespace.ts'
