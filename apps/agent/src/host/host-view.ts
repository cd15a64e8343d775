/** What the kernel has for the interfaces of pods, as last read; only what may have changed is read again. */
import { hostAddress } from './host-changes.ts'
import type { HostKernel, HostLink, LinkTables } from './host-kernel.ts'
import type { ActualHost, ActualInterface, DesiredHost, InterfaceRoute, Seen } from './host-model.ts'
import { isShapingLink, shapingLinkOf } from './shaping.ts'

export interface HostViewOptions {
  readonly kernel: HostKernel
  readonly nowMs: () => number
}

export class HostView {
  readonly #options: HostViewOptions
  readonly #links = new Map<number, HostLink>()
  readonly #interfaces = new Map<string, ActualInterface>()
  readonly #shapingLinks = new Set<string>()
  readonly #sysctls = new Map<string, string>()
  readonly #stale = new Set<string>()
  /** By `noteNext`, since it last began from the first. */
  #unvisited: string[] = []
  #isLinkListStale = true
  #isNodeStale = true
  #desired: DesiredHost | undefined

  constructor(options: HostViewOptions) {
    this.#options = options
  }

  /** Settings of which interfaces are of interest, besides their routes. */
  desire(desired: DesiredHost): void {
    for (const [name, wanted] of desired.interfaces) {
      const before = this.#desired?.interfaces.get(name)
      if (JSON.stringify(before) !== JSON.stringify(wanted)) this.#stale.add(name)
    }
    const { sysctls, interfacePrefixes } = this.#desired ?? {}
    if (JSON.stringify(sysctls) !== JSON.stringify(desired.sysctls)) this.#isNodeStale = true
    if (`${interfacePrefixes}` !== `${desired.interfacePrefixes}`) this.#isLinkListStale = true
    this.#desired = desired
  }

  linkOf(name: string | undefined): HostLink | undefined {
    const index = name === undefined ? undefined : this.#interfaces.get(name)?.index
    return index === undefined ? undefined : this.#links.get(index)
  }

  /** True when it is one of a pod, so that there is something to look at. */
  noteLink({ index, name }: { readonly index: number; readonly name?: string }): boolean {
    const names = [this.#links.get(index)?.name, name].flatMap((each) => this.#interfacesOf(each))
    for (const each of names) this.#stale.add(each)
    // The event may be older than what is read after it: the list is asked, not the event.
    if (name !== undefined && names.length > 0) this.#isLinkListStale = true
    return names.length > 0
  }

  /** True when it leads to a pod, or may have replaced a route that did. */
  noteRoute({ index, destination }: { readonly index: number; readonly destination: string }): boolean {
    const replaced = hostAddress(destination) === undefined ? [] : this.#interfacesWith(destination)
    for (const name of replaced) this.#stale.add(name)
    return this.noteLink({ index }) || replaced.length > 0
  }

  noteAll(): void {
    this.#isLinkListStale = true
    this.#isNodeStale = true
    for (const name of this.#interfaces.keys()) this.#stale.add(name)
  }

  /** The settings of the node, and the next of the interfaces: all of them, once this was called `parts` times. */
  noteNext(parts: number): void {
    this.#isNodeStale = true
    if (this.#unvisited.length === 0) this.#unvisited = [...this.#interfaces.keys()]
    for (const name of this.#unvisited.splice(0, Math.ceil(this.#interfaces.size / parts)))
      this.#stale.add(name)
  }

  /** What was written and is not told by an event. */
  noteSysctl(path: string, value: string): void {
    this.#sysctls.set(path, value)
  }

  /** Reads what may have changed. @throws what the kernel's functions throw */
  read(holders: ReadonlyMap<string, number>): ActualHost {
    if (this.#isLinkListStale) this.#readLinks()
    this.#readInterfaces()
    if (this.#isNodeStale && this.#desired !== undefined)
      this.#readSysctls([...this.#desired.sysctls, this.#desired.mark])
    this.#isNodeStale = false
    return {
      nowMs: this.#options.nowMs(),
      sysctls: this.#sysctls,
      interfaces: this.#interfaces,
      shapingLinks: this.#shapingLinks,
      holders,
    }
  }

  /** A pod's interface itself, or that through whose link its packets go. */
  #interfacesOf(link: string | undefined): string[] {
    if (link === undefined) return []
    return this.#isPods(link)
      ? [link]
      : [...this.#interfaces.keys()].filter((name) => shapingLinkOf(name) === link)
  }

  #interfacesWith(destination: string): string[] {
    return [...this.#interfaces.values()]
      .filter(({ routes }) => routes.some((route) => route.destination === destination))
      .map(({ name }) => name)
  }

  #isPods(name: string): boolean {
    const { interfacePrefixes = [], interfaces } = this.#desired ?? {}
    return interfacePrefixes.some((prefix) => name.startsWith(prefix)) || interfaces?.has(name) === true
  }

  #readLinks(): void {
    const all = this.#options.kernel.links()
    const links = all.filter(({ name }) => this.#isPods(name))
    this.#shapingLinks.clear()
    for (const link of all) if (isShapingLink(link)) this.#shapingLinks.add(link.name)
    const names = new Set(links.map(({ name }) => name))
    for (const name of this.#interfaces.keys()) if (!names.has(name)) this.#interfaces.delete(name)
    this.#links.clear()
    for (const link of links) {
      this.#links.set(link.index, link)
      if (this.#interfaces.get(link.name)?.index !== link.index) this.#stale.add(link.name)
    }
    this.#isLinkListStale = false
  }

  #readInterfaces(): void {
    const { kernel } = this.#options
    const stale = [...this.#links.values()].filter(({ name }) => this.#stale.has(name))
    const tables: ReadonlyMap<number, LinkTables> = stale.length === 0 ? new Map() : kernel.tablesOf(stale)
    for (const link of stale) {
      const { routes, neighbours, shaping } = tables.get(link.index) ?? noTables
      const { name, index, isUp } = link
      const seen = this.#withTimes(name, routes)
      this.#interfaces.set(name, {
        name,
        index,
        isUp,
        neighbours,
        shaping,
        routes: seen,
        peerMac: kernel.peerMacOf(link),
      })
    }
    this.#readSysctls(
      stale.flatMap(({ name }) => {
        const wanted = this.#desired?.interfaces.get(name)
        return wanted === undefined ? [] : [...wanted.sysctls, wanted.mark]
      }),
    )
    this.#stale.clear()
  }

  /** A route that stays keeps the time at which it was first seen. */
  #withTimes(name: string, routes: readonly InterfaceRoute[]): Seen<InterfaceRoute>[] {
    const before = new Map(
      this.#interfaces.get(name)?.routes.map((route) => [routeKey(route), route.sinceMs]),
    )
    const nowMs = this.#options.nowMs()
    return routes.map((route) => ({ ...route, sinceMs: before.get(routeKey(route)) ?? nowMs }))
  }

  #readSysctls(sysctls: readonly { readonly path: string }[]): void {
    const paths = sysctls.map(({ path }) => path)
    for (const path of paths) this.#sysctls.delete(path)
    for (const [path, value] of this.#options.kernel.readSysctls(paths)) this.#sysctls.set(path, value)
  }
}

const noTables: LinkTables = {
  routes: [],
  neighbours: [],
  shaping: { ingress: undefined, egress: undefined },
}

function routeKey({ destination, gateway, metric, protocol }: InterfaceRoute): string {
  return `${destination} ${gateway ?? ''} ${metric} ${protocol}`
}
