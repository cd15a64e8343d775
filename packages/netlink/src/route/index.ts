export type { AddressSpec, InterfaceAddress } from './addresses.ts'
export {
  NUD_PERMANENT,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTPROT_BOOT,
  RTPROT_KERNEL,
  RTPROT_STATIC,
} from './constants.ts'
export type { IpFamily } from './ip-bytes.ts'
export type { Link, LinkChange, OperationalState } from './links.ts'
export type { Neighbour, NeighbourFilter, NeighbourSpec } from './neighbours.ts'
export type { Qdisc, TokenBucket } from './qdiscs.ts'
export {
  decodeRouteEvent,
  type Happening,
  type RouteEvent,
  type RouteEventKind,
  type RouteEventsOptions,
  watchRouting,
} from './route-events.ts'
export { RouteSocket, type VethSpec } from './route-socket.ts'
export type { NextHop, Route, RouteFilter, RouteSpec, RouteType } from './routes.ts'
export type { RoutingRule, RuleAction, RuleSpec } from './rules.ts'
