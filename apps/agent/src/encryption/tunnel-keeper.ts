/**
 * Keeps one node's end of the encrypted network, for one IP version: key, device, peers, routes, rules.
 *
 * Holds  1. A key is on disk before the device has it, and the device has it before peers are told.
 *        2. Packets are led into the tunnel once the device has its peers, and out of it before the device goes.
 *        3. What others change, or end, is mended; while the device is away nothing goes in the clear to a peer.
 *        4. What fails is told once, and tried again.
 */
import type { Clock } from '@margay/client'
import {
  PrivateKey,
  type RouteSpec,
  type RoutingRule,
  type RuleSpec,
  type WireguardDevice,
  WireguardError,
  type WireguardPeerChange,
} from '@margay/netlink'
import type { IpVersion } from '@margay/netset'
import type { KeyStore, StoredKey } from './key-store.ts'
import { PacedGreetings } from './paced-greetings.ts'
import { type KnownPeer, peerChanges } from './peer-changes.ts'
import {
  changedRoutes,
  desiredAddress,
  desiredRoutes,
  desiredRules,
  difference,
  routeText,
  ruleText,
} from './routing-plan.ts'
import type { TunnelDevice, TunnelDriver, TunnelKernel } from './tunnel-kernel.ts'
import type { DesiredTunnel } from './tunnel-model.ts'
import { mtuOf } from './tunnel-mtu.ts'
import { defaultNameOf } from './tunnel-names.ts'

export interface TunnelKeeperOptions {
  readonly version: IpVersion
  readonly kernel: TunnelKernel
  readonly keys: KeyStore
  readonly clock: Clock
  /** Gives so many unpredictable bytes. */
  readonly random: (count: number) => Uint8Array
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** The public key may be another one, or what is wrong may be. */
  readonly onChange: () => void
}

/** How old keys become; see `EncryptionSettings`. */
export interface KeyAge {
  /** 0: as old as they like. */
  readonly rotationSeconds: number
  /** Keys from before are made anew; undefined: none. */
  readonly notBefore: Date | undefined
}

/** As it is now. */
export interface TunnelState {
  readonly version: IpVersion
  readonly interfaceName: string
  /** Undefined: there is no device. */
  readonly driver: TunnelDriver | undefined
  readonly publicKey: string | undefined
  readonly keyMadeAt: Date | undefined
  readonly device: WireguardDevice | undefined
  readonly desired: DesiredTunnel
  /** A line for each. */
  readonly problems: readonly string[]
}

const retryAfterMs = 1000
const mostGreetedAtOnce = 50
/** A process shakes hands with each new peer before it answers, which takes it up to a millisecond. */
const changesAtOnce = 500
/** Each is some seconds long. */
const mostSilences = 2
/** Longer than the API takes to tell peers that a key is gone. */
const leavesAfterMs = 2000
/** Events come in bursts. A device that is gone is back soon after. */
const eventDelayMs = 20
/** A clock that stood so far behind when the key was used last makes peers refuse handshakes: they have seen later times. */
const mostBehindMs = 2000

interface KnownDevice {
  readonly index: number
  publicKey: string | undefined
  listenPort: number
  fwmark: number
  peers: Map<string, KnownPeer>
}

/** As the kernel tells it, or as it was told. */
type KernelRoute = Pick<RouteSpec, 'destination' | 'type' | 'metric'>

const noRules = { gone: [], come: [] } as const

export class TunnelKeeper {
  readonly #options: TunnelKeeperOptions
  readonly #greetings: PacedGreetings
  #desired: DesiredTunnel | undefined
  #age: KeyAge = { rotationSeconds: 0, notBefore: undefined }
  #stored: StoredKey | undefined
  #device: TunnelDevice | undefined
  #known: KnownDevice | undefined
  #announcement: string | undefined
  /** Where nothing leads to the device any more, it goes soon. */
  #leaving: 'Not' | 'Soon' | 'Now' = 'Not'
  #cancelLeaving: () => void = () => undefined
  /** Under which name the device was made last. */
  #name: string | undefined
  #isRoutingSure = false
  #routed: DesiredTunnel | undefined
  #pending = false
  #mending: Promise<void> | undefined
  #watch: { close(): void } | undefined
  #cancelEvent: (() => void) | undefined
  #cancelRetry: () => void = () => undefined
  #cancelRotation: () => void = () => undefined
  #failure: string | undefined
  /** How often in a row the device did not answer. */
  #silences = 0
  #notes: readonly string[] = []
  #isStopped = false

  constructor(options: TunnelKeeperOptions) {
    this.#options = options
    this.#greetings = new PacedGreetings(options.clock)
  }

  /** Undefined: there should be no tunnel. */
  desire(desired: DesiredTunnel | undefined, age: KeyAge): void {
    if (desired !== undefined) this.#stay()
    this.#desired = desired
    this.#age = age
    this.#soon()
  }

  /** Leaves everything as it is: encryption goes on while no agent runs. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelEvent?.()
    this.#cancelRetry()
    this.#cancelRotation()
    this.#cancelLeaving()
    this.#greetings.stop()
    this.#watch?.close()
    await this.#mending
  }

  /**
   * The public key that peers should know, or None; undefined as long as it is not certain, when what they know should stay. A device that is
   * away will be back with the same key: without one, peers would talk in the clear.
   */
  get announcement(): string | 'None' | undefined {
    return this.#announcement
  }

  /** What is wrong, a line for each. */
  get problems(): readonly string[] {
    const failure = this.#failure === undefined ? [] : [this.#failure]
    return [...failure, ...this.#notes, ...(this.#desired?.problems ?? [])]
  }

  /** Undefined where there is no tunnel. */
  async state(): Promise<TunnelState | undefined> {
    const desired = this.#desired
    if (desired === undefined) return undefined
    return {
      version: this.#options.version,
      interfaceName: desired.device.interfaceName,
      driver: this.#device?.driver,
      publicKey: this.#known?.publicKey,
      keyMadeAt: this.#stored?.madeAt,
      device: await this.#device?.control.read().catch(() => undefined),
      desired,
      problems: this.problems,
    }
  }

  #stay(): void {
    this.#cancelLeaving()
    this.#leaving = 'Not'
  }

  #soonByEvent(): void {
    this.#isRoutingSure = false
    this.#cancelEvent ??= this.#options.clock.after(eventDelayMs, () => {
      this.#cancelEvent = undefined
      this.#soon()
    })
  }

  #soon(): void {
    if (this.#isStopped) return
    this.#pending = true
    this.#mending ??= this.#mendAll()
  }

  async #mendAll(): Promise<void> {
    // What is desired in one turn is one change.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#pending && !this.#isStopped) {
      this.#pending = false
      await this.#mendOnce()
    }
    this.#mending = undefined
  }

  async #mendOnce(): Promise<void> {
    this.#cancelRetry()
    try {
      const desired = this.#desired
      if (desired === undefined) await this.#takeAway()
      else await this.#bringUp(desired)
      this.#failed(undefined)
      this.#silences = 0
    } catch (error) {
      // What is there counts as unknown.
      this.#known = undefined
      this.#isRoutingSure = false
      if (isHanging(error)) await this.#endHanging()
      this.#failed(`encryption over IPv${this.#options.version}: ${messageOf(error)}`)
      this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#soon())
    }
    this.#options.onChange()
  }

  /** A process that does not answer again and again is ended; the next look starts another one, with the same key. */
  async #endHanging(): Promise<void> {
    this.#silences++
    if (this.#silences < mostSilences || this.#device?.driver !== 'wireguard-go') return
    this.#options.log(
      `encryption over IPv${this.#options.version}: wireguard-go does not answer; it is ended`,
    )
    this.#silences = 0
    await this.#removeDevice()
  }

  #failed(failure: string | undefined): void {
    if (failure !== undefined && failure !== this.#failure) this.#options.log(`${failure}; trying again`)
    this.#failure = failure
  }

  async #bringUp(desired: DesiredTunnel): Promise<void> {
    const { kernel } = this.#options
    this.#watch ??= kernel.watch(
      () => this.#soonByEvent(),
      (error) => this.#options.log(messageOf(error)),
    )
    const { interfaceName } = desired.device
    if (this.#name !== undefined && this.#name !== interfaceName) await this.#removeDevice()
    this.#name = interfaceName
    // Before the device: while it is away, nothing goes in the clear to a peer.
    if (this.#device === undefined || kernel.findLink(interfaceName) === undefined)
      this.#route(desired, undefined)
    const { key, failure } = await this.#key()
    const device = await this.#openDevice(interfaceName)
    const known = await this.#knownOf(device)
    await this.#tellSelf(device, known, key, desired)
    this.#configure(device, desired)
    await this.#tellPeers(device, known, desired)
    // Only a device with a peer takes it (spec/dataplane.md 6.1).
    if (desired.peers.size > 0) kernel.setThreaded(device, desired.hasThreads)
    this.#route(desired, device.link.index)
    if (failure !== undefined) throw failure
  }

  async #openDevice(name: string): Promise<TunnelDevice> {
    const device = await this.#options.kernel.openDevice(name)
    if (device.link.index !== this.#device?.link.index)
      this.#options.log(`encryption over IPv${this.#options.version}: ${name} by ${nameOf(device.driver)}`)
    this.#device = device
    return device
  }

  /** Read once; from then on only what is told changes it. */
  async #knownOf(device: TunnelDevice): Promise<KnownDevice> {
    if (this.#known?.index === device.link.index) return this.#known
    const { publicKey, listenPort, fwmark, peers } = await device.control.read()
    const byKey = new Map(peers.map((peer) => [peer.publicKey, peer as KnownPeer]))
    this.#known = { index: device.link.index, publicKey, listenPort, fwmark, peers: byKey }
    return this.#known
  }

  /** What is new of the device itself: it must be right before it shakes hands. */
  async #tellSelf(
    device: TunnelDevice,
    known: KnownDevice,
    { key }: StoredKey,
    { device: wanted, mark }: DesiredTunnel,
  ): Promise<void> {
    const change = {
      ...(known.publicKey === key.publicKey ? {} : { privateKey: key }),
      ...(known.listenPort === wanted.listenPort ? {} : { listenPort: wanted.listenPort }),
      ...(known.fwmark === mark ? {} : { fwmark: mark }),
    }
    if (Object.keys(change).length > 0) await device.control.change(change)
    this.#announcement = key.publicKey
    Object.assign(known, { publicKey: key.publicKey, listenPort: wanted.listenPort, fwmark: mark })
  }

  #configure({ link }: TunnelDevice, desired: DesiredTunnel): void {
    const { kernel, version } = this.#options
    const mtu = mtuOf(desired, (address) => kernel.mtuAt(address, link.index))
    if (link.mtu !== mtu || !link.isUp) kernel.changeLink(link.index, { mtu, isUp: true })
    // The check in the other direction asks as if the node itself sent, which need not be through the tunnel.
    if (version === 4) kernel.writeSysctl(`net/ipv4/conf/${link.name}/rp_filter`, '2')
    if (version === 4 && desired.carriesHost) kernel.writeSysctl('net/ipv4/conf/all/src_valid_mark', '1')
    const wanted = desiredAddress(desired)
    const there = kernel.addressesOf(link.index, version)
    for (const address of there) if (address !== wanted) kernel.deleteAddress(link.index, address)
    if (wanted !== undefined && !there.includes(wanted)) kernel.addAddress(link.index, wanted)
  }

  async #tellPeers(
    device: TunnelDevice,
    known: KnownDevice,
    { peers, keepaliveSeconds }: DesiredTunnel,
  ): Promise<void> {
    const fresh = Array.from(peers.values(), ({ publicKey }) => publicKey).filter(
      (key) => !known.peers.has(key),
    )
    const greets = fresh.length <= mostGreetedAtOnce
    const changes = peerChanges(known.peers, peers.values(), { keepaliveSeconds, greets })
    for (let at = 0; at < changes.length; at += changesAtOnce)
      await device.control.change({ peers: changes.slice(at, at + changesAtOnce) })
    known.peers = new Map(peers.values().map((peer) => [peer.publicKey, { ...peer, keepaliveSeconds }]))
    if (!greets) this.#greetings.begin(device.control, fresh, keepaliveSeconds)
    this.#logPeers(changes)
  }

  #logPeers(changes: readonly WireguardPeerChange[]): void {
    const gone = changes.filter(({ remove }) => remove === true).length
    const come = new Set(
      changes.filter((it) => it.remove !== true && it.updateOnly !== true).map(({ publicKey }) => publicKey),
    ).size
    if (gone + come > 0)
      this.#options.log(
        `encryption over IPv${this.#options.version}: ${come} keys of peers are new, ${gone} are gone`,
      )
  }

  /** What is there is read, unless it is known, since nobody changed it. */
  #route(desired: DesiredTunnel, index: number | undefined): void {
    const { kernel, version } = this.#options
    const routed = this.#isRoutingSure && index !== undefined ? this.#routed : undefined
    if (routed !== undefined && hasSameRules(routed, desired)) {
      this.#changeRouting(desired, noRules, changedRoutes(routed, desired, index))
    } else {
      const rules = difference(kernel.rules(version), desiredRules(desired), ruleText)
      const there = kernel.routes(version, desired.table)
      const { gone, come } = difference(there, desiredRoutes(desired, index), routeText)
      // Nothing is taken out of a device that an earlier agent left, and that works.
      this.#changeRouting(desired, rules, { gone: index === undefined ? [] : gone, come })
    }
    this.#routed = desired
    this.#isRoutingSure = index !== undefined
  }

  /** Rules come last, and go first. */
  #changeRouting(
    { table: used }: DesiredTunnel,
    rules: { readonly gone: readonly RoutingRule[]; readonly come: readonly RuleSpec[] },
    routes: { readonly gone: readonly KernelRoute[]; readonly come: readonly RouteSpec[] },
  ): void {
    const { kernel, version } = this.#options
    for (const route of routes.come) kernel.addRoute(route)
    for (const rule of rules.come) kernel.addRule(rule)
    for (const rule of rules.gone) kernel.deleteRule(rule)
    for (const route of notReplaced(routes)) kernel.deleteRoute(nameOfRoute(route, used))
    const others = rules.gone.map(({ table }) => table).filter((table) => table !== 0 && table !== used)
    for (const table of others)
      for (const route of kernel.routes(version, table)) kernel.deleteRoute(nameOfRoute(route, table))
  }

  /**
   * Packets are led around the tunnel at once, and peers are told. The device stays a while: they may not know yet. What an agent before this
   * one left is taken away too, which shows by its rules or its key; what is not the agent's is left.
   */
  async #takeAway(): Promise<void> {
    const { kernel, version, keys, log } = this.#options
    const isOurs = this.#leadAround() || this.#name !== undefined || (await keys.load(version)) !== undefined
    this.#announcement = 'None'
    if (!isOurs) return
    this.#name ??= defaultNameOf[version]
    if (this.#leaving === 'Not' && kernel.findLink(this.#name) !== undefined) this.#leaveSoon()
    if (this.#leaving === 'Soon') return
    await this.#removeDevice()
    await keys.forget(version)
    this.#stored = undefined
    log(`encryption over IPv${version} is switched off`)
  }

  #leaveSoon(): void {
    this.#leaving = 'Soon'
    this.#cancelLeaving = this.#options.clock.after(leavesAfterMs, () => {
      this.#leaving = 'Now'
      this.#soon()
    })
  }

  /** True if there was something. What skips the tunnel is kept until nothing leads there. */
  #leadAround(): boolean {
    const { kernel, version } = this.#options
    const rules = kernel
      .rules(version)
      .toSorted((one, other) => Number(other.action === 'Table') - Number(one.action === 'Table'))
    const tables = new Set(
      [...rules.map(({ table }) => table), this.#routed?.table ?? 0].filter((it) => it !== 0),
    )
    for (const rule of rules) kernel.deleteRule(rule)
    for (const table of tables)
      for (const { destination, type, metric } of kernel.routes(version, table))
        kernel.deleteRoute({ destination, table, type, metric })
    this.#routed = undefined
    this.#isRoutingSure = false
    this.#cancelRotation()
    this.#watch?.close()
    this.#watch = undefined
    return rules.length > 0
  }

  async #removeDevice(): Promise<void> {
    this.#stay()
    this.#greetings.stop()
    if (this.#name !== undefined) await this.#options.kernel.removeDevice(this.#name)
    this.#name = undefined
    this.#device = undefined
    this.#known = undefined
    this.#isRoutingSure = false
  }

  /**
   * The one that there is, unless there is a reason for another one. `failure`: that one can't be kept, so the old one goes on; else peers
   * that come and go would wait until the disk has room.
   */
  async #key(): Promise<{ readonly key: StoredKey; readonly failure?: unknown }> {
    const { keys, version } = this.#options
    this.#stored ??= await keys.load(version)
    const old = this.#stored
    const reason = old === undefined ? 'there is none' : this.#whyAnew(old)
    try {
      const key = old === undefined || reason !== undefined ? await this.#keepNew(`${reason}`) : old
      this.#rotateLater(key)
      return { key }
    } catch (failure) {
      if (old === undefined) throw failure
      return { key: old, failure }
    }
  }

  async #keepNew(reason: string): Promise<StoredKey> {
    const { keys, version, random, clock, log } = this.#options
    const made = { key: PrivateKey.generate(random), madeAt: clock.now() }
    await keys.save(version, made)
    this.#stored = made
    log(`encryption over IPv${version}: a new key is made, since ${reason}`)
    return made
  }

  #whyAnew({ madeAt, doubt }: StoredKey): string | undefined {
    const nowMs = this.#options.clock.now().getTime()
    const ageMs = nowMs - madeAt.getTime()
    const { rotationSeconds, notBefore } = this.#age
    this.#notes = []
    const isAskedFor = notBefore !== undefined && madeAt < notBefore && notBefore.getTime() <= nowMs
    if (doubt !== undefined) return doubt
    if (ageMs < -mostBehindMs) return this.#clockWentBack(-ageMs)
    if (rotationSeconds > 0 && ageMs >= rotationSeconds * 1000)
      return `it is ${Math.floor(ageMs / 1000)} s old`
    return isAskedFor ? 'that was asked for' : undefined
  }

  /** With a new key peers begin to count anew. */
  #clockWentBack(behindMs: number): string {
    const line = `this node's clock is ${Math.round(behindMs / 1000)} s behind the time when its key was made`
    this.#notes = [line]
    return `${line}: peers would refuse its handshakes`
  }

  #rotateLater({ madeAt }: StoredKey): void {
    this.#cancelRotation()
    const { rotationSeconds, notBefore } = this.#age
    const times = [
      ...(rotationSeconds === 0 ? [] : [madeAt.getTime() + rotationSeconds * 1000]),
      // Whoever asks may have a clock that is ahead.
      ...(notBefore === undefined || notBefore <= madeAt ? [] : [notBefore.getTime()]),
    ]
    if (times.length === 0) return
    const dueMs = Math.max(0, Math.min(...times) - this.#options.clock.now().getTime())
    this.#cancelRotation = this.#options.clock.after(Math.min(dueMs, longestTimerMs), () => this.#soon())
  }
}

/** Beyond what a timer can wait, it looks again. */
const longestTimerMs = 86_400_000

/** Two routes to one destination with one metric are the same to IPv6, whatever their types: the old one went when the new one came. */
function notReplaced({
  gone,
  come,
}: {
  readonly gone: readonly KernelRoute[]
  readonly come: readonly RouteSpec[]
}): KernelRoute[] {
  const placeOf = ({ destination, metric = 0 }: Pick<RouteSpec, 'destination' | 'metric'>) =>
    `${destination} ${metric}`
  const replaced = new Set(come.map(placeOf))
  return gone.filter((route) => !replaced.has(placeOf(route)))
}

/** By which it is found, to be deleted. */
function nameOfRoute({ destination, type = 'Unicast', metric = 0 }: KernelRoute, table: number): RouteSpec {
  return { destination, table, type, metric }
}

function hasSameRules(one: DesiredTunnel, other: DesiredTunnel): boolean {
  if (one.table !== other.table) return false
  return desiredRules(one).map(ruleText).join() === desiredRules(other).map(ruleText).join()
}

function nameOf(driver: TunnelDriver): string {
  return driver === 'kernel' ? "the kernel's WireGuard" : 'wireguard-go, since this kernel has no WireGuard'
}

function isHanging(error: unknown): boolean {
  return error instanceof WireguardError && error.errno === 'ETIMEDOUT'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
