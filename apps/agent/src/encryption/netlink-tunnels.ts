/** Tunnels of one network namespace, by netlink, and by wireguard-go where the kernel has no WireGuard. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Link,
  NetlinkError,
  openKernelWireguard,
  openUserspaceWireguard,
  type Route,
  type RouteEvent,
  RouteSocket,
  type RouteSpec,
  type RoutingRule,
  type RuleSpec,
  watchRouting,
} from '@margay/netlink'
import { type IpVersion, parseIp } from '@margay/netset'
import { writeSysctl } from '../host/sysctl-files.ts'
import { OwnEchoes } from './own-echoes.ts'
import { routeProtocol } from './routing-plan.ts'
import type { TunnelDevice, TunnelKernel } from './tunnel-kernel.ts'
import { findDaemon, startDaemon } from './wireguard-daemon.ts'

export interface NetlinkTunnelsOptions {
  readonly netns: string | undefined
  /** For what processes write that run devices. */
  readonly logDirectory: string
}

export class NetlinkTunnels implements TunnelKernel {
  readonly #netns: string | undefined
  readonly #logDirectory: string
  readonly #routing: RouteSocket
  readonly #open = new Map<string, TunnelDevice>()
  /** Of each who watches: all are told of everything. */
  readonly #awaited = new Set<OwnEchoes>()
  /** Asked once: a module can be loaded later, by whoever starts the agent again. */
  #hasModule: boolean | undefined

  /** @throws SyscallError */
  constructor({ netns, logDirectory }: NetlinkTunnelsOptions) {
    this.#netns = netns
    this.#logDirectory = logDirectory
    this.#routing = RouteSocket.open(netns)
  }

  close(): void {
    for (const { control } of this.#open.values()) control.close()
    this.#routing.close()
  }

  async openDevice(name: string): Promise<TunnelDevice> {
    const link = this.findLink(name)
    const known = this.#open.get(name)
    if (known !== undefined && known.link.index === link?.index) return { ...known, link }
    known?.control.close()
    const opened = await this.#openNew(name, link)
    this.#open.set(name, opened)
    return opened
  }

  async removeDevice(name: string): Promise<void> {
    this.#open.get(name)?.control.close()
    this.#open.delete(name)
    const daemon = findDaemon(name, this.#netns)
    if (daemon !== undefined) process.kill(daemon.processId, 'SIGKILL')
    const link = this.findLink(name)
    // What a process runs goes with it, soon.
    if (link !== undefined && daemon === undefined)
      this.#unlessGone(() => this.#routing.deleteLink(link.index))
  }

  /** Only of the own namespace: files of another one's links are not to be seen here. */
  setThreaded({ link, driver }: TunnelDevice, isThreaded: boolean): void {
    if (driver !== 'kernel' || this.#netns !== undefined) return
    const path = `/sys/class/net/${link.name}/threaded`
    const value = isThreaded ? '1' : '0'
    if (existsSync(path) && readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value)
  }

  findLink(name: string): Link | undefined {
    return this.#routing.linkByName(name)
  }

  mtuAt(address: string, besides: number): number | undefined {
    const family = parseIp(address)?.version ?? 4
    const has = (it: { readonly address: string; readonly index: number }) =>
      it.address === address && it.index !== besides
    const index = this.#routing.addresses(family).find(has)?.index
    return index === undefined ? undefined : this.#routing.linkByIndex(index)?.mtu
  }

  changeLink(index: number, change: { readonly mtu?: number; readonly isUp?: boolean }): void {
    this.#routing.changeLink(index, change)
  }

  addressesOf(index: number, version: IpVersion): readonly string[] {
    return this.#routing
      .addresses(version)
      .filter((it) => it.index === index && !it.address.startsWith('fe80:'))
      .map(({ address, prefixLength }) => `${address}/${prefixLength}`)
  }

  addAddress(index: number, address: string): void {
    this.#routing.addAddress({ index, address, skipsDuplicateDetection: address.includes(':') })
  }

  deleteAddress(index: number, address: string): void {
    this.#unlessGone(() => this.#routing.deleteAddress({ index, address }))
  }

  routes(family: IpVersion, table: number): readonly Route[] {
    return this.#routing.routes({ family, table, protocol: routeProtocol })
  }

  addRoute(spec: RouteSpec): void {
    this.#routing.replaceRoute(spec)
    for (const echoes of this.#awaited) echoes.expect('New', spec)
  }

  deleteRoute(spec: RouteSpec): void {
    this.#unlessGone(() => {
      this.#routing.deleteRoute(spec)
      for (const echoes of this.#awaited) echoes.expect('Deleted', spec)
    })
  }

  rules(family: IpVersion): readonly RoutingRule[] {
    return orNone(() => this.#routing.rules(family)).filter(({ protocol }) => protocol === routeProtocol)
  }

  addRule(spec: RuleSpec): void {
    this.#routing.addRule(spec)
  }

  deleteRule(spec: RuleSpec): void {
    this.#unlessGone(() => this.#routing.deleteRule(spec))
  }

  writeSysctl(path: string, value: string): void {
    writeSysctl(this.#netns, path, value)
  }

  watch(onChange: () => void, onError: (error: unknown) => void): { close(): void } {
    const echoes = new OwnEchoes()
    this.#awaited.add(echoes)
    const events = watchRouting({
      ...(this.#netns === undefined ? {} : { netns: this.#netns }),
      kinds: ['Link', 'Rule', 'Route', 'Address'],
      onEvent: (event) => {
        if (this.#concerns(event) && !echoes.isEcho(event)) onChange()
      },
      onLost: () => {
        echoes.forget()
        onChange()
      },
      onError,
    })
    const close = () => {
      this.#awaited.delete(echoes)
      events.close()
    }
    return { close }
  }

  #concerns(event: RouteEvent): boolean {
    const isOpen = (index: number) => this.#open.values().some(({ link }) => link.index === index)
    switch (event.kind) {
      case 'Link':
        return isOpen(event.link.index)
      case 'Address':
        return isOpen(event.address.index)
      case 'Rule':
      case 'Route':
        return (event.kind === 'Rule' ? event.rule : event.route).protocol === routeProtocol
      default:
        return false
    }
  }

  async #openNew(name: string, link: Link | undefined): Promise<TunnelDevice> {
    const there = link ?? this.#addKernelLink(name)
    if (there?.kind === 'wireguard') {
      const control = openKernelWireguard({
        name,
        ...(this.#netns === undefined ? {} : { netns: this.#netns }),
      })
      return { link: there, driver: 'kernel', control }
    }
    return this.#openProcess(name, there)
  }

  /** Undefined: this kernel has no WireGuard. */
  #addKernelLink(name: string): Link | undefined {
    if (this.#hasModule === false) return undefined
    try {
      this.#routing.addLink(name, 'wireguard')
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.errno !== 'EOPNOTSUPP') throw error
      this.#hasModule = false
      return undefined
    }
    this.#hasModule = true
    return this.findLink(name)
  }

  /** @throws when somebody else's link has that name */
  async #openProcess(name: string, link: Link | undefined): Promise<TunnelDevice> {
    const running = findDaemon(name, this.#netns)
    if (running === undefined && link !== undefined)
      throw new Error(`there is a link ${name} already that is none of WireGuard (${link.kind ?? 'no kind'})`)
    const logPath = join(this.#logDirectory, `${name}.log`)
    const { socketPath } = running ?? (await startDaemon(name, { netns: this.#netns, logPath }))
    const made = this.findLink(name)
    if (made === undefined) throw new Error(`${name} went as soon as it was made`)
    return { link: made, driver: 'wireguard-go', control: openUserspaceWireguard({ socketPath }) }
  }

  #unlessGone(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof NetlinkError) || !goneErrors.has(error.errno)) throw error
    }
  }
}

/** A kernel that does without IPv6 says that it does not know the family. */
function orNone<Thing>(list: () => Thing[]): Thing[] {
  try {
    return list()
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'EAFNOSUPPORT') return []
    throw error
  }
}

const goneErrors = new Set(['ENOENT', 'ENODEV', 'ESRCH', 'EADDRNOTAVAIL'])
