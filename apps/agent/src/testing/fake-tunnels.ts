/** A kernel with tunnels, and a place for keys, in memory. */
import type { Link, Route, RouteSpec, RoutingRule, RuleSpec } from '@margay/netlink'
import { type IpVersion, parseCidr } from '@margay/netset'
import type { KeyStore, StoredKey } from '../encryption/key-store.ts'
import { routeProtocol, routeText, ruleText } from '../encryption/routing-plan.ts'
import type { TunnelDevice, TunnelDriver, TunnelKernel } from '../encryption/tunnel-kernel.ts'
import { FakeWireguard } from './fake-wireguard.ts'

export interface FakeLink {
  readonly index: number
  readonly name: string
  mtu: number
  isUp: boolean
  /** CIDRs. */
  addresses: string[]
  /** Undefined: no tunnel of ours. */
  readonly wireguard: FakeWireguard | undefined
}

/** `steps` has each change that it was asked for, in order; what `refused` matches is refused. */
export class FakeTunnels implements TunnelKernel {
  readonly steps: string[] = []
  refused: RegExp | undefined
  driver: TunnelDriver = 'kernel'
  links: FakeLink[] = []
  /** Of everybody. */
  ruleSpecs: RuleSpec[] = []
  routeSpecs: RouteSpec[] = []
  /** Names of devices whose peers have threads of their own. */
  readonly threaded = new Set<string>()
  readonly sysctls = new Map<string, string>()
  readonly #watchers = new Set<() => void>()
  #nextIndex = 10

  async openDevice(name: string): Promise<TunnelDevice> {
    const there = this.links.find((link) => link.name === name)
    if (there !== undefined && there.wireguard === undefined)
      throw new Error(`there is a link ${name} already that is none of WireGuard`)
    const { wireguard: control, ...link } = there ?? this.#add(name)
    return { link: link as unknown as Link, driver: this.driver, control: control as FakeWireguard }
  }

  async removeDevice(name: string): Promise<void> {
    if (this.links.every((link) => link.name !== name)) return
    this.#do(`remove device ${name}`)
    this.kill(name)
  }

  /** Whatever leads to it goes as well, and whoever watches is told. */
  kill(name: string): void {
    const link = this.#link(name)
    if (link.wireguard !== undefined) link.wireguard.isGone = true
    this.links = this.links.filter((it) => it !== link)
    this.routeSpecs = this.routeSpecs.filter(({ index }) => index !== link.index)
    this.tell()
  }

  /** Somebody changed something. */
  tell(): void {
    for (const onChange of this.#watchers) onChange()
  }

  wireguard(name: string): FakeWireguard {
    return this.#link(name).wireguard as FakeWireguard
  }

  /** A link of the node itself. */
  addLink(name: string, index: number, mtu: number, addresses: readonly string[]): void {
    this.links.push({ name, index, mtu, isUp: true, addresses: [...addresses], wireguard: undefined })
  }

  findLink(name: string): Link | undefined {
    return this.links.find((link) => link.name === name) as unknown as Link | undefined
  }

  mtuAt(address: string, besides: number): number | undefined {
    const has = (link: FakeLink) => link.addresses.some((cidr) => cidr.startsWith(`${address}/`))
    const inOrder = this.links.toSorted((one, other) => one.index - other.index)
    return inOrder.find((link) => link.index !== besides && has(link))?.mtu
  }

  changeLink(index: number, change: { readonly mtu?: number; readonly isUp?: boolean }): void {
    this.#do(`change link ${this.#at(index).name} ${JSON.stringify(change)}`)
    Object.assign(this.#at(index), change)
    this.tell()
  }

  addressesOf(index: number, version: IpVersion): readonly string[] {
    return this.#at(index).addresses.filter((cidr) => parseCidr(cidr)?.version === version)
  }

  addAddress(index: number, address: string): void {
    this.#do(`add address ${address}`)
    this.#at(index).addresses.push(address)
    this.tell()
  }

  deleteAddress(index: number, address: string): void {
    this.#do(`delete address ${address}`)
    this.#at(index).addresses = this.#at(index).addresses.filter((it) => it !== address)
    this.tell()
  }

  routes(version: IpVersion, table: number): readonly Route[] {
    const isMeant = (spec: RouteSpec) => spec.table === table && isOurs(spec) && versionOf(spec) === version
    return this.routeSpecs.filter(isMeant) as unknown as readonly Route[]
  }

  addRoute(spec: RouteSpec): void {
    this.#do(`add route ${spec.table}: ${routeText(spec)}`)
    this.routeSpecs = [
      ...this.routeSpecs.filter((it) => !isSameRoute(it, spec)),
      { type: 'Unicast', ...spec },
    ]
    this.tell()
  }

  deleteRoute(spec: RouteSpec): void {
    this.#do(`delete route ${spec.table}: ${spec.type} ${spec.destination} ${spec.metric}`)
    this.routeSpecs = this.routeSpecs.filter((it) => !isSameRoute(it, spec))
    this.tell()
  }

  rules(version: IpVersion): readonly RoutingRule[] {
    const all = this.ruleSpecs.filter((spec) => spec.family === version && isOurs(spec))
    return all.toSorted((one, other) => one.priority - other.priority) as unknown as readonly RoutingRule[]
  }

  /** The kernel forgets a source that holds everything. */
  addRule(spec: RuleSpec): void {
    this.#do(`add rule ${ruleText(spec)}`)
    const { source, ...rest } = spec
    this.ruleSpecs.push(
      source === undefined || source.endsWith('/0') ? { table: 0, ...rest } : { table: 0, ...spec },
    )
    this.tell()
  }

  deleteRule(spec: RuleSpec): void {
    this.#do(`delete rule ${ruleText(spec)}`)
    this.ruleSpecs = this.ruleSpecs.filter(
      (it) => it.family !== spec.family || ruleText(it) !== ruleText(spec),
    )
    this.tell()
  }

  writeSysctl(path: string, value: string): void {
    if (this.sysctls.get(path) === value) return
    this.#do(`set ${path} to ${value}`)
    this.sysctls.set(path, value)
  }

  setThreaded({ link }: TunnelDevice, isThreaded: boolean): void {
    if (this.threaded.has(link.name) === isThreaded) return
    this.#do(`${isThreaded ? 'set' : 'unset'} threads of ${link.name}`)
    if (isThreaded) this.threaded.add(link.name)
    else this.threaded.delete(link.name)
  }

  watch(onChange: () => void): { close(): void } {
    this.#watchers.add(onChange)
    return { close: () => void this.#watchers.delete(onChange) }
  }

  #add(name: string): FakeLink {
    this.#do(`add device ${name}`)
    const index = this.#nextIndex++
    const wireguard = new FakeWireguard((what) => this.#do(what))
    this.links.push({ name, index, mtu: 1420, isUp: false, addresses: [], wireguard })
    this.tell()
    return this.#link(name)
  }

  #link(name: string): FakeLink {
    const link = this.links.find((it) => it.name === name)
    if (link === undefined) throw new Error(`ENODEV: ${name}`)
    return link
  }

  #at(index: number): FakeLink {
    const link = this.links.find((it) => it.index === index)
    if (link === undefined) throw new Error(`ENODEV: ${index}`)
    return link
  }

  #do(step: string): void {
    if (this.refused?.test(step) === true) throw new Error(`EPERM: ${step}`)
    this.steps.push(step)
  }
}

function isOurs({ protocol }: { readonly protocol?: number }): boolean {
  return protocol === routeProtocol
}

function versionOf({ destination }: RouteSpec): IpVersion | undefined {
  return parseCidr(destination)?.version
}

/** What the kernel tells routes apart by. */
function isSameRoute(one: RouteSpec, other: RouteSpec): boolean {
  return one.destination === other.destination && one.table === other.table && one.metric === other.metric
}

/** `steps` is shared with a kernel: what came first? */
export class MemoryKeys implements KeyStore {
  readonly stored = new Map<IpVersion, StoredKey>()
  refuses = false
  readonly #steps: string[]

  constructor(steps: string[] = []) {
    this.#steps = steps
  }

  async load(version: IpVersion): Promise<StoredKey | undefined> {
    return this.stored.get(version)
  }

  async save(version: IpVersion, stored: StoredKey): Promise<void> {
    if (this.refuses) throw new Error('key file: ENOSPC')
    this.#steps.push('save key')
    this.stored.set(version, stored)
  }

  async forget(version: IpVersion): Promise<void> {
    if (this.stored.delete(version)) this.#steps.push('forget key')
  }
}
