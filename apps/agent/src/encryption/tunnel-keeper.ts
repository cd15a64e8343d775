/**
 * Keeps one node's end of the encrypted network, for one IP version: key, device, peers, routes, rules.
 *
 * Holds  1. A key is on disk before the device has it, and the device has it before peers are told.
 *        2. Packets are led into the tunnel once the device has its peers, and out of it before the device goes.
 *        3. What others change, or end, is mended; while the device is away nothing goes in the clear to a peer.
 *        4. What fails is told once, and tried again.
 */
import type { Clock } from '@margay/client'
import { type WireguardDevice, WireguardError } from '@margay/netlink'
import type { IpVersion } from '@margay/netset'
import { configureLink } from './configure-link.ts'
import type { KeyStore } from './key-store.ts'
import { type PeersTold, ToldDevice } from './told-device.ts'
import type { TunnelDevice, TunnelDriver, TunnelKernel } from './tunnel-kernel.ts'
import { type KeyAge, TunnelKeys } from './tunnel-keys.ts'
import type { DesiredTunnel } from './tunnel-model.ts'
import { defaultNameOf } from './tunnel-names.ts'
import { TunnelRouting } from './tunnel-routing.ts'

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
/** Each is some seconds long. */
const mostSilences = 2
/** Longer than the API takes to tell peers that a key is gone. */
const leavesAfterMs = 2000
/** Events come in bursts. A device that is gone is back soon after. */
const eventDelayMs = 20

export class TunnelKeeper {
  readonly #options: TunnelKeeperOptions
  readonly #keys: TunnelKeys
  readonly #told: ToldDevice
  readonly #routing: TunnelRouting
  #desired: DesiredTunnel | undefined
  #age: KeyAge = { rotationSeconds: 0, notBefore: undefined }
  #device: TunnelDevice | undefined
  #announcement: string | undefined
  /** Where nothing leads to the device any more, it goes soon. */
  #leaving: 'Not' | 'Soon' | 'Now' = 'Not'
  #cancelLeaving: () => void = () => undefined
  /** Under which name the device was made last. */
  #name: string | undefined
  #pending = false
  #mending: Promise<void> | undefined
  #watch: { close(): void } | undefined
  #cancelEvent: (() => void) | undefined
  #cancelRetry: () => void = () => undefined
  #failure: string | undefined
  /** How often in a row the device did not answer. */
  #silences = 0
  #isStopped = false

  constructor(options: TunnelKeeperOptions) {
    this.#options = options
    this.#keys = new TunnelKeys({ ...options, onDue: () => this.#soon() })
    this.#told = new ToldDevice(options.clock)
    this.#routing = new TunnelRouting(options.version, options.kernel)
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
    this.#cancelLeaving()
    this.#keys.stop()
    this.#told.stop()
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
    return [...failure, ...this.#keys.notes, ...(this.#desired?.problems ?? [])]
  }

  /** Undefined where there is no tunnel. */
  async state(): Promise<TunnelState | undefined> {
    const desired = this.#desired
    if (desired === undefined) return undefined
    return {
      version: this.#options.version,
      interfaceName: desired.device.interfaceName,
      driver: this.#device?.driver,
      publicKey: this.#told.publicKey,
      keyMadeAt: this.#keys.madeAt,
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
    this.#routing.doubt()
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
      this.#told.forget()
      this.#routing.doubt()
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
      this.#routing.lead(desired, undefined)
    const { key, failure } = await this.#keys.current(this.#age)
    const device = await this.#openDevice(interfaceName)
    const { link, control } = device
    await this.#told.tellSelf(control, link.index, key, desired)
    this.#announcement = key.key.publicKey
    configureLink(kernel, link, desired)
    this.#logPeers(await this.#told.tellPeers(control, desired))
    // Only a device with a peer takes it (spec/dataplane.md 6.1).
    if (desired.peers.size > 0) kernel.setThreaded(device, desired.hasThreads)
    this.#routing.lead(desired, link.index)
    if (failure !== undefined) throw failure
  }

  async #openDevice(name: string): Promise<TunnelDevice> {
    const device = await this.#options.kernel.openDevice(name)
    if (device.link.index !== this.#device?.link.index)
      this.#options.log(`encryption over IPv${this.#options.version}: ${name} by ${nameOf(device.driver)}`)
    this.#device = device
    return device
  }

  #logPeers({ come, gone }: PeersTold): void {
    const { version, log } = this.#options
    if (gone + come > 0) log(`encryption over IPv${version}: ${come} keys of peers are new, ${gone} are gone`)
  }

  /**
   * Packets are led around the tunnel at once, and peers are told. The device stays a while: they may not know yet. What an agent before this
   * one left is taken away too, which shows by its rules or its key; what is not the agent's is left.
   */
  async #takeAway(): Promise<void> {
    const { kernel, version, log } = this.#options
    this.#keys.stop()
    const isOurs = this.#leadAround() || this.#name !== undefined || (await this.#keys.isKept())
    this.#announcement = 'None'
    if (!isOurs) return
    this.#name ??= defaultNameOf[version]
    if (this.#leaving === 'Not' && kernel.findLink(this.#name) !== undefined) this.#leaveSoon()
    if (this.#leaving === 'Soon') return
    await this.#removeDevice()
    await this.#keys.forget()
    log(`encryption over IPv${version} is switched off`)
  }

  /** True if there was something. */
  #leadAround(): boolean {
    this.#watch?.close()
    this.#watch = undefined
    return this.#routing.leadAround()
  }

  #leaveSoon(): void {
    this.#leaving = 'Soon'
    this.#cancelLeaving = this.#options.clock.after(leavesAfterMs, () => {
      this.#leaving = 'Now'
      this.#soon()
    })
  }

  async #removeDevice(): Promise<void> {
    this.#stay()
    this.#told.stop()
    if (this.#name !== undefined) await this.#options.kernel.removeDevice(this.#name)
    this.#name = undefined
    this.#device = undefined
    this.#told.forget()
    this.#routing.doubt()
  }
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
