/**
 * Encryption between nodes, on one of them: two tunnels, one for each IP version, what guards against the clear, and what the API is told.
 *
 * The guard is in force before a tunnel is used, and stands by itself. What changed is followed, once for what changes together.
 */
import type { ApiClient, Clock } from '@margay/client'
import { guardTable, guardTableName } from '@margay/dataplane'
import type { Table } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { Endpoint, NodeSettings } from '@margay/policy'
import {
  type ResourceObject,
  wireguardPublicKeyAnnotation,
  wireguardPublicKeyV6Annotation,
  wireguardRotationOf,
} from '@margay/resources'
import { Enforcer } from '../kernel/enforcer.ts'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'
import { guardOptions, homesOf, ipVersions, worldsOf } from './encrypted-world.ts'
import { type Followed, FollowedTunnel } from './followed-tunnel.ts'
import { KeyPublisher } from './key-publisher.ts'
import type { KeyStore } from './key-store.ts'
import { Strays } from './strays.ts'
import { TunnelKeeper, type TunnelState } from './tunnel-keeper.ts'
import type { TunnelKernel } from './tunnel-kernel.ts'
import type { KeyAge } from './tunnel-keys.ts'
import type { TunnelWorld } from './tunnel-model.ts'

export interface EncryptionOptions {
  readonly nodeName: string
  readonly client: Pick<ApiClient, 'patch'>
  readonly kernel: TunnelKernel
  readonly keys: KeyStore
  /** TCP ports at which agents reach the API. */
  readonly apiPorts: readonly number[]
  /** For the guard's table. */
  readonly driver: RulesetDriver
  readonly clock: Clock
  /** Gives so many unpredictable bytes. */
  readonly randomBytes: (count: number) => Uint8Array
  /** As the API last told them, by name. */
  readonly nodes: () => ReadonlyMap<string, ResourceObject>
  readonly pools: () => ReadonlyMap<string, ResourceObject>
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

/** What policy knows that encryption asks. */
export interface EncryptedWorkloads {
  readonly settings: NodeSettings
  /** All that there are now. */
  readonly endpoints: () => Iterable<Endpoint>
  /** How they changed since the last time. */
  readonly gone: readonly Endpoint[]
  readonly come: readonly Endpoint[]
  /** True: they may have changed besides, since policy could not be enforced meanwhile. */
  readonly isPartial?: boolean
}

export interface EncryptionState {
  readonly tunnels: readonly TunnelState[]
  /** Undefined: nothing is required. */
  readonly dropped: { readonly packets: number; readonly bytes: number } | undefined
  readonly problems: readonly string[]
}

export const guardsTable: Table = { family: 'inet', name: guardTableName }
const retryAfterMs = 1000
const settingsRead = ['encryption', 'interfacePrefixes', 'failsafeInbound', 'failsafeOutbound'] as const

export class Encryption {
  readonly #options: EncryptionOptions
  readonly #keepers: Readonly<Record<IpVersion, TunnelKeeper>>
  readonly #publisher: KeyPublisher
  readonly #guard: Enforcer
  #workloads: EncryptedWorkloads | undefined
  #strays: Strays | undefined
  #followed: ReturnType<typeof bothFollowed> | undefined
  /** From which everything was worked out, or is going to be. */
  #last: { readonly settings: NodeSettings; readonly pools: readonly ResourceObject[] } | undefined
  #pending: NodeJS.Immediate | undefined
  #isStopped = false
  #cancelRetry: () => void = () => undefined
  #stopWatching: (() => void) | undefined
  #guardFailure: string | undefined
  #lastGuard = ''

  constructor(options: EncryptionOptions) {
    this.#options = options
    const { kernel, keys, clock, randomBytes, log } = options
    const onChange = () => this.#publish()
    const keeper = (version: IpVersion) =>
      new TunnelKeeper({ version, kernel, keys, clock, random: randomBytes, log, onChange })
    this.#keepers = { 4: keeper(4), 6: keeper(6) }
    this.#publisher = new KeyPublisher(options)
    this.#guard = new Enforcer(options.driver, [guardsTable])
  }

  /** Policy took in what changed. */
  desire(workloads: EncryptedWorkloads): void {
    this.#workloads = workloads
    const isCountedAnew = workloads.isPartial === true && this.#strays !== undefined
    if (isCountedAnew) this.#strays = undefined
    const isStrayed = this.#strays?.update(workloads) === true
    // Most changes of policy change nothing here.
    if (!isCountedAnew && !isStrayed && this.#isSame(workloads)) return
    this.#soon()
  }

  /** The API told of nodes. */
  nodesChanged(): void {
    this.#publisher.told()
    this.#soon()
  }

  /** What is wrong, a line for each. */
  get problems(): readonly string[] {
    const guard = this.#guardFailure === undefined ? [] : [this.#guardFailure]
    const settings = this.#workloads?.settings.encryption.problems ?? []
    const untold = this.#publisher.problem === undefined ? [] : [this.#publisher.problem]
    return [
      ...guard,
      ...untold,
      ...settings,
      ...ipVersions.flatMap((version) => this.#keepers[version].problems),
    ]
  }

  async state(): Promise<EncryptionState> {
    const states = await Promise.all(ipVersions.map((version) => this.#keepers[version].state()))
    return {
      tunnels: states.filter((state) => state !== undefined),
      dropped: this.#workloads?.settings.encryption.required === true ? this.#dropped() : undefined,
      problems: this.problems,
    }
  }

  /** Leaves everything as it is. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearImmediate(this.#pending)
    this.#cancelRetry()
    this.#stopWatching?.()
    this.#publisher.stop()
    await Promise.all(ipVersions.map((version) => this.#keepers[version].stop()))
  }

  /** Settings come as another object each time, made of the same ones. */
  #isSame({ settings }: EncryptedWorkloads): boolean {
    const { settings: last, pools = [] } = this.#last ?? {}
    const now = [...this.#options.pools().values()]
    const hasSamePools = now.length === pools.length && now.every((pool, index) => pool === pools[index])
    return hasSamePools && last !== undefined && settingsRead.every((name) => settings[name] === last[name])
  }

  #soon(): void {
    if (this.#isStopped) return
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined
      this.#workOut()
    })
  }

  #workOut(): void {
    const workloads = this.#workloads
    if (workloads === undefined) return
    const { settings } = workloads
    this.#last = { settings, pools: [...this.#options.pools().values()] }
    const { nodeName, nodes, pools } = this.#options
    const told = { nodeName, nodes: nodes(), pools: pools() }
    const worlds = worldsOf(told, settings, () => this.#straysOf(workloads.endpoints))
    if (worlds.length === 0) this.#strays = undefined
    const followed = this.#follow(worlds)
    if (!this.#enforceGuard(settings, worlds, followed)) return
    for (const version of ipVersions)
      this.#keepers[version].desire(followed.get(version)?.tunnel, this.#age(settings))
  }

  #follow(worlds: readonly TunnelWorld[]): ReadonlyMap<IpVersion, Followed> {
    this.#followed = worlds.length === 0 ? undefined : (this.#followed ?? bothFollowed())
    return new Map(
      worlds.flatMap((world) => {
        const followed = this.#followed?.[world.version].follow(world)
        return followed === undefined ? [] : [[world.version, followed]]
      }),
    )
  }

  #straysOf(endpoints: () => Iterable<Endpoint>): Strays {
    const homes = homesOf(this.#options.nodes())
    if (this.#strays === undefined) this.#strays = new Strays(homes, endpoints())
    else this.#strays.rehome(homes, endpoints)
    return this.#strays
  }

  #age({ encryption }: NodeSettings): KeyAge {
    const node = this.#options.nodes().get(this.#options.nodeName)
    const asked = node === undefined ? undefined : wireguardRotationOf(node)
    return {
      rotationSeconds: encryption.rotationSeconds,
      notBefore: typeof asked === 'number' ? new Date(asked) : undefined,
    }
  }

  /** False: it is not in force, so no tunnel is changed; it is tried again. */
  #enforceGuard(
    settings: NodeSettings,
    worlds: readonly TunnelWorld[],
    followed: ReadonlyMap<IpVersion, Followed>,
  ): boolean {
    const tunnels = new Map(Array.from(followed, ([version, { tunnel }]) => [version, tunnel]))
    const guardedIn = ({ version }: TunnelWorld) => followed.get(version)?.guarded
    const options = guardOptions(settings, worlds, tunnels, this.#options.apiPorts, guardedIn)
    const text = JSON.stringify(options, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    if (text === this.#lastGuard && this.#guardFailure === undefined) return true
    this.#cancelRetry()
    try {
      const content = guardTable(options)
      this.#guard.enforce(content === undefined ? [] : [content])
      this.#guard.tidy()
      this.#stopWatching ??= this.#options.driver.watch([guardsTable], (who) => this.#tampered(who))
      this.#lastGuard = text
      this.#guardFailure = undefined
      return true
    } catch (error) {
      const line = `guard of encryption: ${error instanceof Error ? error.message : String(error)}`
      if (line !== this.#guardFailure) this.#options.log(`${line}; trying again`)
      this.#guardFailure = line
      this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#soon())
      return false
    }
  }

  #tampered(who: string): void {
    this.#options.log(`${who} changed table ${guardTableName}; it is mended`)
    this.#guard.forget()
    this.#lastGuard = ''
    this.#soon()
  }

  /** What is not certain yet stays as it is told. */
  #publish(): void {
    const announced = [
      [wireguardPublicKeyAnnotation, this.#keepers[4].announcement],
      [wireguardPublicKeyV6Annotation, this.#keepers[6].announcement],
    ] as const
    const certain = announced.filter(([, key]) => key !== undefined)
    this.#publisher.want(
      Object.fromEntries(certain.map(([name, key]) => [name, key === 'None' ? undefined : key])),
    )
  }

  #dropped(): EncryptionState['dropped'] {
    const chains = this.#options.driver.read([guardsTable]).flatMap(({ chains }) => [...chains.values()])
    const counters = chains
      .flatMap(({ rules }) => rules.flatMap(({ expressions }) => expressions))
      .filter((it) => it.type === 'counter')
    const sum = (field: 'packets' | 'bytes') =>
      Number(counters.reduce((all, it) => all + (it[field] ?? 0n), 0n))
    return { packets: sum('packets'), bytes: sum('bytes') }
  }
}

function bothFollowed(): Readonly<Record<IpVersion, FollowedTunnel>> {
  return { 4: new FollowedTunnel(), 6: new FollowedTunnel() }
}
