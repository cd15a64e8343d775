/** What changes in a network namespace, as it changes. Whoever follows it reads everything anew after `onLost`. */
import { NETLINK_ROUTE } from '../message/constants.ts'
import type { NetlinkMessage } from '../message/messages.ts'
import { NetlinkEvents } from '../socket/netlink-events.ts'
import { decodeAddress, type InterfaceAddress } from './addresses.ts'
import * as rt from './constants.ts'
import { decodeLink, type Link } from './links.ts'
import { decodeNeighbour, type Neighbour } from './neighbours.ts'
import { decodeRoute, type Route } from './routes.ts'
import { decodeRule, type RoutingRule } from './rules.ts'

/** `New` is also said of a thing that changed. */
export type Happening = 'New' | 'Deleted'

/**
 * The kernel does not tell of IPv4 routes that go because their link goes down or away: they go with the link's event.
 * `Settings`: one of the settings changed that the kernel tells of (forwarding, rp_filter, proxy_arp, proxy_ndp).
 */
export type RouteEvent =
  | { readonly kind: 'Link'; readonly happening: Happening; readonly link: Link }
  | { readonly kind: 'Address'; readonly happening: Happening; readonly address: InterfaceAddress }
  | { readonly kind: 'Route'; readonly happening: Happening; readonly route: Route }
  | { readonly kind: 'Rule'; readonly happening: Happening; readonly rule: RoutingRule }
  | { readonly kind: 'Neighbour'; readonly happening: Happening; readonly neighbour: Neighbour }
  /** `index` is the link's; undefined for the settings of all, and of links to come. */
  | { readonly kind: 'Settings'; readonly index: number | undefined }

export type RouteEventKind = RouteEvent['kind']

export interface RouteEventsOptions {
  /** A name as `ip netns` knows it, or a path; without it, where the thread is. */
  readonly netns?: string
  readonly kinds: readonly RouteEventKind[]
  readonly onEvent: (event: RouteEvent) => void
  readonly onLost: () => void
  /** What can't be read, or an error that `onEvent` threw. */
  readonly onError: (error: unknown) => void
}

const groupsOf: Readonly<Record<RouteEventKind, readonly number[]>> = {
  Link: [rt.RTNLGRP_LINK],
  Address: [rt.RTNLGRP_IPV4_IFADDR, rt.RTNLGRP_IPV6_IFADDR],
  Route: [rt.RTNLGRP_IPV4_ROUTE, rt.RTNLGRP_IPV6_ROUTE],
  Rule: [rt.RTNLGRP_IPV4_RULE, rt.RTNLGRP_IPV6_RULE],
  Neighbour: [rt.RTNLGRP_NEIGH],
  Settings: [rt.RTNLGRP_IPV4_NETCONF, rt.RTNLGRP_IPV6_NETCONF],
}

/** Events from now on, until it is closed. @throws SyscallError */
export function watchRouting(options: RouteEventsOptions): NetlinkEvents {
  const { kinds, onEvent, netns, onLost, onError } = options
  return NetlinkEvents.open(NETLINK_ROUTE, {
    ...(netns === undefined ? {} : { netns }),
    groups: kinds.flatMap((kind) => groupsOf[kind]),
    onLost,
    onError,
    onMessages: (messages) => {
      for (const message of messages) {
        const event = decodeRouteEvent(message)
        if (event !== undefined) onEvent(event)
      }
    },
  })
}

/** Undefined for what is none of these. @throws NetlinkDecodeError */
export function decodeRouteEvent({ type, payload }: NetlinkMessage): RouteEvent | undefined {
  switch (type) {
    case rt.RTM_NEWLINK:
    case rt.RTM_DELLINK:
      // A bridge's ports are told of by its own family as well, and those messages lack what is decoded here.
      if (payload.u8() !== rt.AF_UNSPEC) return undefined
      return { kind: 'Link', happening: happeningOf(type, rt.RTM_NEWLINK), link: decodeLink(payload) }
    case rt.RTM_NEWADDR:
    case rt.RTM_DELADDR:
      return withThing(decodeAddress(payload), (address) => ({
        kind: 'Address',
        happening: happeningOf(type, rt.RTM_NEWADDR),
        address,
      }))
    case rt.RTM_NEWROUTE:
    case rt.RTM_DELROUTE:
      return withThing(decodeRoute(payload), (route) => ({
        kind: 'Route',
        happening: happeningOf(type, rt.RTM_NEWROUTE),
        route,
      }))
    case rt.RTM_NEWRULE:
    case rt.RTM_DELRULE:
      return withThing(decodeRule(payload), (rule) => ({
        kind: 'Rule',
        happening: happeningOf(type, rt.RTM_NEWRULE),
        rule,
      }))
    case rt.RTM_NEWNEIGH:
    case rt.RTM_DELNEIGH:
      return withThing(decodeNeighbour(payload), (neighbour) => ({
        kind: 'Neighbour',
        happening: happeningOf(type, rt.RTM_NEWNEIGH),
        neighbour,
      }))
    case rt.RTM_NEWNETCONF:
      return { kind: 'Settings', index: settingsIndex(payload) }
    default:
      return undefined
  }
}

function happeningOf(type: number, newType: number): Happening {
  return type === newType ? 'New' : 'Deleted'
}

function withThing<Thing>(
  thing: Thing | undefined,
  event: (thing: Thing) => RouteEvent,
): RouteEvent | undefined {
  return thing === undefined ? undefined : event(thing)
}

/** `struct netconfmsg` is one byte; negative indices stand for the settings of all, and of links to come. */
function settingsIndex(payload: NetlinkMessage['payload']): number | undefined {
  const index = payload.after(netconfHeaderBytes).attributes().need(rt.NETCONFA_IFINDEX).i32()
  return index > 0 ? index : undefined
}

const netconfHeaderBytes = 4
