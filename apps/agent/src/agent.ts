/**
 * What runs on each node: watches the API, and keeps the kernel equal to what policy means.
 *
 * Nothing is written before every kind was listed completely: until then the kernel goes on with what it has. Changes that
 * arrive while one is applied are taken together. What fails is tried again, and the kernel keeps its last state.
 */
import type { ApiClient, Clock } from '@margay/client'
import { type ClusterChange, ClusterFollower } from '@margay/cluster-view'
import { table } from '@margay/dataplane'
import type { MetricsSettings, NamedAddress, NodeSettings } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import type { NameLearner } from './dns/name-learner.ts'
import { TrustedServers } from './dns/trusted-servers.ts'
import type { Encryption } from './encryption/encryption.ts'
import type { NodeWorkloads } from './host/desired-host.ts'
import { Enforcer, ourTables } from './kernel/enforcer.ts'
import type { RulesetDriver } from './kernel/ruleset-driver.ts'
import { NodePolicy, type NodePolicyOptions, type NodeState } from './node-policy.ts'

/** `interfaces` gives them as they are now; see `interfacesChanged`. */
export interface AgentOptions extends NodePolicyOptions {
  readonly client: Pick<ApiClient, 'list' | 'watch'>
  readonly driver: RulesetDriver
  /** Told of what the node runs each time that policy for them is in force. */
  readonly host: { desire(workloads: NodeWorkloads): void }
  /** Encryption between nodes; undefined: nobody sees to it. */
  readonly encryption?: Pick<Encryption, 'desire' | 'nodesChanged'>
  /** Follows which addresses names have; undefined: no name is known. */
  readonly names?: Pick<NameLearner, 'desire' | 'problems'>
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** Told of the settings of metrics each time that policy took something in; undefined: none are served. */
  readonly onMetrics?: (settings: MetricsSettings | undefined) => void
  /** Told after each time that the kernel was brought up to date. */
  readonly onEnforced?: (report: EnforcedReport) => void
  /** Told each time that it could not be; it is tried again. */
  readonly onFailed?: (message: string) => void
}

export interface EnforcedReport {
  readonly localEndpoints: number
  readonly changed: boolean
  /** A line for each object that is not understood. */
  readonly problems: readonly string[]
  /** From the first of the changes that it takes in to the kernel's acknowledgement. */
  readonly milliseconds: number
}

const slices = 'discovery.k8s.io/v1/EndpointSlice'
const retryAfterMs = 1000
/** Far longer than a packet is under way. */
const tidyAfterMs = 200

export class Agent {
  readonly #options: AgentOptions
  readonly #enforcer: Enforcer
  readonly #policy: NodePolicy
  readonly #cluster: ClusterFollower
  readonly #servers = new TrustedServers()
  /** When the oldest change that is not enforced yet arrived; undefined when all is. */
  #pendingSince: Date | undefined
  #enforcing: Promise<void> | undefined
  #enforcedRevision: string | undefined
  /** Changes were taken in of which encryption was not told. */
  #hasMissed = false
  #cancelRetry: () => void = () => undefined
  #cancelTidying: (() => void) | undefined
  #reported: ReadonlySet<string> = new Set()
  #stopWatching: (() => void) | undefined
  /**
   * Those to which rules were hooked last. Kernels before 6.16 take the hook of a device that goes out of our chain, and the chain with
   * the last one, and tell nobody.
   */
  #hookedDevices = ''
  #isStopped = false

  constructor(options: AgentOptions) {
    this.#options = options
    this.#enforcer = new Enforcer(options.driver)
    this.#policy = new NodePolicy(options)
    const { client, clock, random, log } = options
    this.#cluster = new ClusterFollower({
      ...{ client, clock, random, log },
      onChange: (change) => this.#taken(change),
      onOptionalFailure: () => {
        if (this.#enforcedRevision === undefined) this.#changed()
      },
    })
  }

  #taken({ kind, change, concernsPolicy }: ClusterChange): void {
    if (concernsPolicy) this.#changed()
    // Policy reads little of nodes, and nothing of their keys.
    if (kind.kind === 'Node') this.#options.encryption?.nodesChanged()
    if (kind.kind === 'EndpointSlice' && change.type !== 'synced') this.#servers.sliceChanged(change.object)
  }

  /** All that the API has, by name. */
  get nodes(): ReadonlyMap<string, ResourceObject> {
    return this.#cluster.itemsOf('v1/Node')
  }

  get pools(): ReadonlyMap<string, ResourceObject> {
    return this.#cluster.itemsOf('projectcalico.org/v3/IPPool')
  }

  /** The newest resourceVersion that is in force; undefined before any is, or where the API does not count upwards. */
  get enforcedRevision(): string | undefined {
    const isIdle = this.#pendingSince === undefined && this.#enforcing === undefined
    if (isIdle && this.#enforcedRevision !== undefined) return this.#cluster.newestRevision
    return this.#enforcedRevision
  }

  start(): void {
    this.#cluster.start()
  }

  /** Leaves the kernel as it is: policy goes on while no agent runs. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRetry()
    this.#cancelTidying?.()
    this.#stopWatching?.()
    await this.#cluster.stop()
    await this.#enforcing
  }

  /** Host endpoints may govern others than before, and pods may have come with their addresses. */
  interfacesChanged(): void {
    this.#changed()
  }

  /**
   * The kernel has it when this returns: where policy was never enforced, with the first time that it is.
   *
   * @throws NftablesError, NetlinkError: then it is tried again
   */
  learn(changes: readonly NamedAddress[]): void {
    const steps = this.#policy.learn(changes)
    if (steps.length === 0) return
    try {
      if (this.#enforcer.follow(steps, () => this.#policy.ruleset())) this.#tidyLater()
    } catch (error) {
      this.#cancelRetry()
      this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#changed())
      throw error
    }
  }

  /** Our tables are ours alone: whatever others put there or took away is undone at once. */
  #tampered(who: string): void {
    this.#options.log(`${who} changed our tables; they are mended`)
    this.#enforcer.forget()
    this.#changed()
  }

  /**
   * Not before everything is there for the first time: the kernel would tell of each of its elements. What somebody changed meanwhile is
   * found by reading once more.
   */
  #watchTables(): void {
    if (this.#stopWatching !== undefined) return
    this.#stopWatching = this.#options.driver.watch(ourTables, (who) => this.#tampered(who))
    if (this.#enforcer.isUndisturbed) return
    this.#enforcer.forget()
    this.#changed()
  }

  #changed(): void {
    this.#pendingSince ??= this.#options.clock.now()
    this.#enforcing ??= this.#enforceAll()
  }

  /** The last step clears the mark in the same turn in which it saw that nothing is pending: no change falls between. */
  async #enforceAll(): Promise<void> {
    // Let what arrives together be taken together: a list or a burst of events is one change.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#pendingSince !== undefined && this.#cluster.hasSynced && !this.#isStopped) {
        const since = this.#pendingSince
        this.#pendingSince = undefined
        if (!this.#enforceOnce(since)) return
      }
    } finally {
      this.#enforcing = undefined
    }
  }

  /** Each problem once, and again only if it was gone meanwhile. */
  #report(problems: readonly string[]): void {
    for (const line of new Set(problems).difference(this.#reported)) this.#options.log(line)
    this.#reported = new Set(problems)
  }

  #tidyLater(): void {
    this.#cancelTidying ??= this.#options.clock.after(tidyAfterMs, () => this.#tidy())
  }

  /** What fails is left for the next change, which reads what is there. */
  #tidy(): void {
    this.#cancelTidying = undefined
    try {
      this.#enforcer.tidy()
      this.#enforcer.follow(this.#policy.tidy(), () => this.#policy.ruleset())
      if (!this.#enforcer.isTidy) this.#tidyLater()
    } catch (error) {
      this.#options.log(messageOf(error))
    }
  }

  /** True when something had to be changed. */
  #enforce({ steps }: NodeState): boolean {
    const hooked = this.#policy.hookedDevices.map(({ name, index }) => `${name} ${index}`).join(' ')
    if (hooked !== this.#hookedDevices) this.#enforcer.readAgain(table('netdev'))
    this.#hookedDevices = hooked
    return this.#enforcer.follow(steps, () => this.#policy.ruleset())
  }

  #learnNames({ dns: settings, interfacePrefixes }: NodeSettings): void {
    const servers = this.#servers.of(settings, () => this.#cluster.itemsOf(slices).values())
    this.#options.names?.desire({ settings, servers, interfacePrefixes, asked: this.#policy.asked })
  }

  #enforceOnce(since: Date): boolean {
    try {
      const revision = this.#cluster.newestRevision
      const state = this.#policy.take(this.#cluster.takeChanges())
      this.#report(state.problems)
      const changed = this.#enforce(state)
      this.#watchTables()
      if (changed) this.#tidyLater()
      // After policy: until it knows an interface, nothing passes there, and no old rule judges an address's new holder.
      this.#options.host.desire(state.workloads)
      this.#options.encryption?.desire({ ...state.encrypted, isPartial: this.#hasMissed })
      this.#hasMissed = false
      this.#learnNames(state.encrypted.settings)
      this.#options.onMetrics?.(state.encrypted.settings.metrics)
      const milliseconds = this.#options.clock.now().getTime() - since.getTime()
      this.#enforcedRevision = revision
      const problems = [
        ...this.#cluster.problems,
        ...state.problems,
        ...(this.#options.names?.problems ?? []),
      ]
      const localEndpoints = state.workloads.endpoints.length
      this.#options.onEnforced?.({ localEndpoints, changed, problems, milliseconds })
      return true
    } catch (error) {
      this.#options.log(`${messageOf(error)}; trying again in ${retryAfterMs} ms`)
      this.#options.onFailed?.(messageOf(error))
      this.#hasMissed = true
      this.#pendingSince ??= since
      this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#changed())
      return false
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
