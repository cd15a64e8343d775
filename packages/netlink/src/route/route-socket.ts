/**
 * Links, addresses, routes, rules, neighbours and traffic control of one network namespace, as ip(8) and tc(8) show and change them; synchronously,
 * and without a process for each.
 */
import { NetlinkError } from '../errors.ts'
import { NETLINK_ROUTE, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from '../message/constants.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import type { NetlinkMessage } from '../message/messages.ts'
import { NetlinkSocket } from '../socket/netlink-socket.ts'
import { type AddressSpec, decodeAddress, type InterfaceAddress, writeAddress } from './addresses.ts'
import * as rt from './constants.ts'
import { addressHeader, linkHeader, ruleHeader } from './header.ts'
import type { IpFamily } from './ip-bytes.ts'
import { addressFamily } from './ip-bytes.ts'
import {
  decodeLink,
  type Link,
  type LinkChange,
  type VethEnd,
  writeKind,
  writeLinkChange,
  writeVeth,
} from './links.ts'
import { withNamespace } from './namespace-descriptor.ts'
import {
  decodeNeighbour,
  type Neighbour,
  type NeighbourFilter,
  type NeighbourSpec,
  writeNeighbour,
  writeNeighbourFilter,
} from './neighbours.ts'
import {
  decodeQdisc,
  type Qdisc,
  type TokenBucket,
  trafficHeader,
  writeIngress,
  writeTokenBucket,
} from './qdiscs.ts'
import { decodeRedirect, writeRedirect } from './redirects.ts'
import {
  decodeRoute,
  type Route,
  type RouteFilter,
  type RouteSpec,
  writeRoute,
  writeRouteFilter,
} from './routes.ts'
import { decodeRule, type RoutingRule, type RuleSpec, writeRule } from './rules.ts'

/** A link, by what a caller knows of it. */
export type VethSpec = Omit<VethEnd, 'netnsFd'> & {
  /** The namespace in which this end is made: a name or a path; without it, the socket's. */
  readonly netns?: string
}

export class RouteSocket {
  readonly #socket: NetlinkSocket

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  /** `netns` is a name as `ip netns` knows it, or a path; without it, where the thread is. @throws SyscallError */
  static open(netns?: string): RouteSocket {
    const place = netns === undefined ? {} : { netns }
    return new RouteSocket(NetlinkSocket.open(NETLINK_ROUTE, { ...place, strict: true }))
  }

  close(): void {
    this.#socket.close()
  }

  // Links

  links(): Link[] {
    const answers = this.#socket.dump({
      what: 'list links',
      type: rt.RTM_GETLINK,
      body: (writer) => {
        writer.raw(linkHeader({}))
        writer.u32(rt.IFLA_EXT_MASK, rt.RTEXT_FILTER_SKIP_STATS)
      },
    })
    return answers.map(({ payload }) => decodeLink(payload))
  }

  /** Undefined when there is none of that name. @throws NetlinkError */
  linkByName(name: string): Link | undefined {
    return this.#link(`find link ${name}`, {}, (writer) => writer.string(rt.IFLA_IFNAME, name))
  }

  /** Undefined when there is none of that index. @throws NetlinkError */
  linkByIndex(index: number): Link | undefined {
    return this.#link(`find link ${index}`, { index }, () => {})
  }

  /**
   * The other end of a veth pair, wherever it is. Undefined when the link has none, or it is gone, or its namespace is not
   * numbered here.
   *
   * @throws NetlinkError
   */
  peerOf({ name, lower, lowerNamespace }: Link): Link | undefined {
    if (lower === undefined || (lowerNamespace ?? 0) < 0) return undefined
    return this.#link(`find the peer of link ${name}`, { index: lower }, (writer) => {
      if (lowerNamespace !== undefined) writer.u32(rt.IFLA_TARGET_NETNSID, lowerNamespace)
    })
  }

  /** A pair of links: what goes in at one end comes out at the other. @throws NetlinkError EEXIST when a name is taken */
  addVeth(end: VethSpec, peer: VethSpec): void {
    withNamespace(end.netns, (endFd) =>
      withNamespace(peer.netns, (peerFd) =>
        this.#request(`add veth pair ${end.name}, ${peer.name}`, rt.RTM_NEWLINK, create, (writer) =>
          writeVeth(writer, inNamespace(end, endFd), inNamespace(peer, peerFd)),
        ),
      ),
    )
  }

  /** A link without settings of its own, such as `bridge` or `ifb`; down. @throws NetlinkError EEXIST */
  addLink(name: string, kind: string): void {
    this.#request(`add ${kind} ${name}`, rt.RTM_NEWLINK, create, (writer) => writeKind(writer, name, kind))
  }

  /** `netns` moves the link there, where it is down at first. @throws NetlinkError */
  changeLink(index: number, change: Omit<LinkChange, 'netnsFd'> & { readonly netns?: string }): void {
    const { netns, ...rest } = change
    withNamespace(netns, (netnsFd) =>
      this.#request(`change link ${index}`, rt.RTM_NEWLINK, 0, (writer) =>
        writeLinkChange(writer, index, { ...rest, ...(netnsFd === undefined ? {} : { netnsFd }) }),
      ),
    )
  }

  /** Of a pair, both ends go. @throws NetlinkError ENODEV */
  deleteLink(index: number): void {
    this.#request(`delete link ${index}`, rt.RTM_DELLINK, 0, (writer) => writer.raw(linkHeader({ index })))
  }

  // Addresses

  addresses(family: IpFamily): InterfaceAddress[] {
    const header = addressHeader({ family: addressFamily(family) })
    return this.#dump('list addresses', rt.RTM_GETADDR, (writer) => writer.raw(header), decodeAddress)
  }

  /** @throws NetlinkError EEXIST */
  addAddress(spec: AddressSpec): void {
    this.#request(`add address ${spec.address}`, rt.RTM_NEWADDR, create, (writer) =>
      writeAddress(writer, spec),
    )
  }

  /** @throws NetlinkError EADDRNOTAVAIL when it is not there */
  deleteAddress(spec: AddressSpec): void {
    this.#request(`delete address ${spec.address}`, rt.RTM_DELADDR, 0, (writer) => writeAddress(writer, spec))
  }

  // Routes

  /** @throws NetlinkError; ENOENT becomes an empty list: a table that nobody has used is no error */
  routes(filter: RouteFilter): Route[] {
    return emptyWhenMissing(() =>
      this.#dump('list routes', rt.RTM_GETROUTE, (writer) => writeRouteFilter(writer, filter), decodeRoute),
    )
  }

  /** @throws NetlinkError EEXIST when there is one to that destination with that metric, through whatever link */
  addRoute(spec: RouteSpec): void {
    this.#request(`add route ${spec.destination}`, rt.RTM_NEWROUTE, create, (writer) =>
      writeRoute(writer, spec),
    )
  }

  /** Takes the place of the one to that destination with that metric, if there is one, through whatever link. */
  replaceRoute(spec: RouteSpec): void {
    const flags = NLM_F_CREATE | NLM_F_REPLACE
    this.#request(`replace route ${spec.destination}`, rt.RTM_NEWROUTE, flags, (writer) =>
      writeRoute(writer, spec),
    )
  }

  /** The first that agrees with what is given. @throws NetlinkError ESRCH when there is none */
  deleteRoute(spec: RouteSpec): void {
    const any = { protocol: rt.RTPROT_UNSPEC, scope: rt.RT_SCOPE_NOWHERE }
    this.#request(`delete route ${spec.destination}`, rt.RTM_DELROUTE, 0, (writer) =>
      writeRoute(writer, { ...any, ...spec }),
    )
  }

  // Rules

  rules(family: IpFamily): RoutingRule[] {
    const header = ruleHeader({ family: addressFamily(family) })
    return this.#dump('list rules', rt.RTM_GETRULE, (writer) => writer.raw(header), decodeRule)
  }

  /** @throws NetlinkError EEXIST when there is such a one */
  addRule(spec: RuleSpec): void {
    this.#request(`add rule ${spec.priority}`, rt.RTM_NEWRULE, create, (writer) => writeRule(writer, spec))
  }

  /** The first that agrees with what is given. @throws NetlinkError ENOENT */
  deleteRule(spec: RuleSpec): void {
    this.#request(`delete rule ${spec.priority}`, rt.RTM_DELRULE, 0, (writer) => writeRule(writer, spec))
  }

  // Neighbours

  neighbours(filter: NeighbourFilter): Neighbour[] {
    const write = (writer: MessageWriter) => writeNeighbourFilter(writer, filter)
    return this.#dump('list neighbours', rt.RTM_GETNEIGH, write, decodeNeighbour)
  }

  /** Permanent; without a MAC, a proxy entry. Takes the place of what is known of the address. @throws NetlinkError */
  setNeighbour(spec: NeighbourSpec): void {
    const flags = NLM_F_CREATE | NLM_F_REPLACE
    this.#request(`set neighbour ${spec.address}`, rt.RTM_NEWNEIGH, flags, (writer) =>
      writeNeighbour(writer, spec),
    )
  }

  /** Without a MAC, the proxy entry. @throws NetlinkError ENOENT */
  deleteNeighbour(spec: NeighbourSpec): void {
    this.#request(`delete neighbour ${spec.address}`, rt.RTM_DELNEIGH, 0, (writer) =>
      writeNeighbour(writer, spec),
    )
  }

  // Traffic control

  /** What packets pass before the link sends them: handle 0 is a built-in one. @throws NetlinkError */
  rootQdisc(index: number): Qdisc | undefined {
    return this.#qdisc(index, rt.TC_H_ROOT)
  }

  /** Takes the place of the one that is there. `handle` has the major number, 1 to 65,534, in its upper 16 bits. */
  setTokenBucket(link: { readonly index: number; readonly handle: number }, bucket: TokenBucket): void {
    const flags = NLM_F_CREATE | NLM_F_REPLACE
    this.#request(`set token bucket of link ${link.index}`, rt.RTM_NEWQDISC, flags, (writer) =>
      writeTokenBucket(writer, link, bucket),
    )
  }

  /** The built-in one takes its place. @throws NetlinkError ENOENT */
  deleteRootQdisc(index: number): void {
    this.#request(`delete qdisc of link ${index}`, rt.RTM_DELQDISC, 0, (writer) =>
      writer.raw(trafficHeader({ index, parent: rt.TC_H_ROOT })),
    )
  }

  /** The links to which everything goes that the link receives; none where there is no such filter. @throws NetlinkError */
  redirectsOf(index: number): number[] {
    if (this.#qdisc(index, rt.TC_H_INGRESS) === undefined) return []
    const header = trafficHeader({ index, parent: rt.ingressHandle })
    return this.#dump('list filters', rt.RTM_GETTFILTER, (writer) => writer.raw(header), decodeRedirect)
  }

  /** Sends everything that the link receives to another one, before anything else looks at it. @throws NetlinkError EEXIST */
  addRedirect(from: number, to: number): void {
    if (this.#qdisc(from, rt.TC_H_INGRESS) === undefined)
      this.#request(`add entrance of link ${from}`, rt.RTM_NEWQDISC, create, (writer) =>
        writeIngress(writer, from),
      )
    this.#request(`redirect link ${from}`, rt.RTM_NEWTFILTER, create, (writer) =>
      writeRedirect(writer, from, to),
    )
  }

  /** With all filters of its entrance. @throws NetlinkError ENOENT, EINVAL when there are none */
  deleteRedirects(index: number): void {
    this.#request(`delete entrance of link ${index}`, rt.RTM_DELQDISC, 0, (writer) =>
      writeIngress(writer, index),
    )
  }

  #qdisc(index: number, parent: number): Qdisc | undefined {
    try {
      const [answer] = this.#request(
        `find qdisc of link ${index}`,
        rt.RTM_GETQDISC,
        rt.NLM_F_ECHO,
        (writer) => writer.raw(trafficHeader({ index, parent })),
      )
      return answer === undefined ? undefined : decodeQdisc(answer.payload)
    } catch (error) {
      if (error instanceof NetlinkError && absent.has(error.errno)) return undefined
      throw error
    }
  }

  #link(
    what: string,
    header: { readonly index?: number },
    which: (writer: MessageWriter) => void,
  ): Link | undefined {
    try {
      const [answer] = this.#request(what, rt.RTM_GETLINK, 0, (writer) => {
        writer.raw(linkHeader(header))
        which(writer)
        writer.u32(rt.IFLA_EXT_MASK, rt.RTEXT_FILTER_SKIP_STATS)
      })
      return answer === undefined ? undefined : decodeLink(answer.payload)
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === 'ENODEV') return undefined
      throw error
    }
  }

  #request(
    what: string,
    type: number,
    flags: number,
    body: (writer: MessageWriter) => void,
  ): readonly NetlinkMessage[] {
    return this.#socket.request({ what, type, flags, body })
  }

  #dump<Thing>(
    what: string,
    type: number,
    body: (writer: MessageWriter) => void,
    decode: (payload: NetlinkMessage['payload']) => Thing | undefined,
  ): Thing[] {
    const answers = this.#socket.dump({ what, type, body })
    return answers.flatMap(({ payload }) => decode(payload) ?? [])
  }
}

/** The kernel's words for a qdisc or a link that is not there. */
const absent = new Set(['ENOENT', 'EINVAL', 'ENODEV'])

const create = NLM_F_CREATE | NLM_F_EXCL

function inNamespace({ netns: _, ...end }: VethSpec, netnsFd: number | undefined): VethEnd {
  return netnsFd === undefined ? end : { ...end, netnsFd }
}

function emptyWhenMissing<Thing>(list: () => Thing[]): Thing[] {
  try {
    return list()
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'ENOENT') return []
    throw error
  }
}
