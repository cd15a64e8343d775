/** The kernel of one network namespace, by netlink and the files of /proc/sys. */
import {
  ConntrackSocket,
  type Link,
  type Neighbour,
  type NetlinkEvents,
  type Route,
  type RouteEvent,
  RouteSocket,
  RT_TABLE_MAIN,
  RTPROT_KERNEL,
  watchRouting,
} from '@margay/netlink'
import type { HostChange } from './host-changes.ts'
import type { HostEvents, HostKernel, HostLink, LinkTables } from './host-kernel.ts'
import type { ActualBucket, InterfaceRoute, PermanentNeighbour, ShapingBucket } from './host-model.ts'
import { shapingLinkOf } from './shaping.ts'
import { readSysctls, writeSysctl } from './sysctl-files.ts'

/** Beyond this, one look at everything costs less than a look for each. */
const looksForEach = 16
const families = [4, 6] as const
/** Tells the agent's token buckets from others': the letters MG as the handle's major number. */
export const shapingHandle = 0x4d47_0000

type SetShaping = HostChange & { readonly kind: 'SetShaping' }

export class NetlinkHost implements HostKernel {
  readonly #netns: string | undefined
  readonly #routing: RouteSocket
  readonly #connections: ConntrackSocket

  /** `netns` is a name as `ip netns` knows it; without it, the process's own. @throws SyscallError */
  constructor(netns?: string) {
    this.#netns = netns
    this.#routing = RouteSocket.open(netns)
    this.#connections = ConntrackSocket.open(netns)
  }

  close(): void {
    this.#routing.close()
    this.#connections.close()
  }

  links(): readonly Link[] {
    return this.#routing.links()
  }

  tablesOf(links: readonly HostLink[]): ReadonlyMap<number, LinkTables> {
    const which = links.length > looksForEach ? [{}] : links.map(({ index }) => ({ index }))
    const routes = which.flatMap((filter) =>
      families.flatMap((family) => this.#routing.routes({ family, table: RT_TABLE_MAIN, ...filter })),
    )
    const neighbours = which.flatMap((filter) =>
      families.flatMap((family) => this.#routing.neighbours({ family, ...filter })),
    )
    const [routesOf, neighboursOf] = [grouped(routes), grouped(neighbours)]
    return new Map(
      links.map(({ index, name }) => [
        index,
        {
          routes: (routesOf.get(index) ?? []).flatMap((route) => interfaceRoute(name, route)),
          neighbours: (neighboursOf.get(index) ?? []).flatMap((each) => permanentNeighbour(name, each)),
          shaping: { ingress: this.#bucketOf(index), egress: this.#egressOf(name, index) },
        },
      ]),
    )
  }

  peerMacOf({ index }: HostLink): string | undefined {
    const link = this.#routing.linkByIndex(index)
    return link?.kind === 'veth' ? this.#routing.peerOf(link)?.mac : undefined
  }

  readSysctls(paths: readonly string[]): ReadonlyMap<string, string> {
    return readSysctls(this.#netns, paths)
  }

  apply(change: HostChange, link: HostLink | undefined): void {
    switch (change.kind) {
      case 'SetSysctl':
        writeSysctl(this.#netns, change.path, change.value)
        break
      case 'ForgetConnections':
        this.#connections.forgetAddresses(change.addresses)
        break
      case 'AddRoute':
        this.#routing.addRoute(routeSpec(change.route, indexOf(change, link)))
        break
      case 'DeleteRoute':
        this.#routing.deleteRoute(routeSpec(change.route, indexOf(change, link)))
        break
      case 'SetNeighbour':
        this.#routing.setNeighbour({ ...change.neighbour, index: indexOf(change, link) })
        break
      case 'DeleteNeighbour':
        this.#routing.deleteNeighbour({ ...change.neighbour, index: indexOf(change, link) })
        break
      case 'SetShaping':
        this.#shape(change, indexOf(change, link))
        break
      case 'ClearShaping':
        if (change.direction === 'ingress') this.#routing.deleteRootQdisc(indexOf(change, link))
        else this.#routing.deleteRedirects(indexOf(change, link))
        break
      case 'DeleteShapingLink':
        this.#deleteLink(change.name)
        break
    }
  }

  /** Undefined unless it is the agent's own. */
  #bucketOf(index: number): ActualBucket | undefined {
    const qdisc = this.#routing.rootQdisc(index)
    return qdisc?.handle === shapingHandle ? qdisc.bucket : undefined
  }

  /** Only if packets really go through the link for it. */
  #egressOf(name: string, index: number): ActualBucket | undefined {
    const [target] = this.#routing.redirectsOf(index)
    const through = target === undefined ? undefined : this.#routing.linkByName(shapingLinkOf(name))
    return through?.isUp === true && through.index === target ? this.#bucketOf(through.index) : undefined
  }

  #shape({ interfaceName, direction, bucket }: SetShaping, index: number): void {
    if (direction === 'ingress') this.#routing.setTokenBucket({ index, handle: shapingHandle }, bucket)
    else this.#shapeEgress(interfaceName, index, bucket)
  }

  #shapeEgress(interfaceName: string, index: number, bucket: ShapingBucket): void {
    const through = this.#shapingLink(shapingLinkOf(interfaceName))
    this.#routing.setTokenBucket({ index: through.index, handle: shapingHandle }, bucket)
    if (!through.isUp) this.#routing.changeLink(through.index, { isUp: true })
    const redirects = this.#routing.redirectsOf(index)
    if (redirects[0] === through.index) return
    // The first one takes all: what somebody else put there would keep packets from the bucket.
    if (redirects.length > 0) this.#routing.deleteRedirects(index)
    this.#routing.addRedirect(index, through.index)
  }

  #shapingLink(name: string): Link {
    if (this.#routing.linkByName(name) === undefined) this.#routing.addLink(name, 'ifb')
    const link = this.#routing.linkByName(name)
    if (link === undefined) throw new Error(`link ${name} went as soon as it was made`)
    return link
  }

  #deleteLink(name: string): void {
    const link = this.#routing.linkByName(name)
    if (link !== undefined) this.#routing.deleteLink(link.index)
  }

  watch(events: HostEvents): NetlinkEvents {
    return watchRouting({
      ...(this.#netns === undefined ? {} : { netns: this.#netns }),
      kinds: ['Link', 'Route', 'Neighbour', 'Settings'],
      onEvent: (event) => tell(event, events),
      onLost: events.onLost,
      onError: events.onError,
    })
  }
}

function tell(event: RouteEvent, { onLink, onRoute, onNode }: HostEvents): void {
  if (event.kind === 'Link') onLink(event.link)
  else if (event.kind === 'Route' && isOurs(event.route)) onRoute(event.route)
  else if (event.kind === 'Neighbour' && mayMatter(event.neighbour)) onLink({ index: event.neighbour.index })
  else if (event.kind === 'Settings') event.index === undefined ? onNode() : onLink({ index: event.index })
}

/** Is it a route that plumbing looks at? Not those that the kernel makes by itself for each address. */
function isOurs(route: Route): route is Route & { readonly index: number } {
  const { table, type, protocol, index } = route
  return table === RT_TABLE_MAIN && type === 'Unicast' && protocol !== RTPROT_KERNEL && index !== undefined
}

/** Neighbour discovery of IPv6 goes on all the time and is nothing that plumbing sets. */
function mayMatter({ family, isPermanent }: Neighbour): boolean {
  return family === 4 || isPermanent
}

function grouped<Thing extends { readonly index: number | undefined }>(
  things: readonly Thing[],
): Map<number | undefined, Thing[]> {
  return Map.groupBy(things, ({ index }) => index)
}

function interfaceRoute(interfaceName: string, route: Route): InterfaceRoute[] {
  const { destination, protocol, scope, metric, gateway } = route
  return isOurs(route) ? [{ interfaceName, destination, protocol, scope, metric, gateway }] : []
}

function permanentNeighbour(interfaceName: string, neighbour: Neighbour): PermanentNeighbour[] {
  const { address, mac, isPermanent, isProxy } = neighbour
  return isPermanent && !isProxy && mac !== undefined ? [{ interfaceName, address, mac }] : []
}

function routeSpec({ destination, protocol, scope, metric, gateway }: InterfaceRoute, index: number) {
  return { destination, protocol, scope, index, metric, ...(gateway === undefined ? {} : { gateway }) }
}

function indexOf({ kind }: HostChange, link: HostLink | undefined): number {
  if (link === undefined) throw new Error(`${kind}: its interface is gone`)
  return link.index
}
