/**
 * Keeps the interfaces of a node's pods as they should be: settings, routes, neighbours, connections of addresses.
 *
 * What others change is noticed by netlink events, and for the few settings that the kernel does not tell of by looking
 * again now and then. What fails is reported, once, and tried again; it never keeps other interfaces from what they need.
 */
import type { Clock } from '@margay/client'
import { describeChange, interfaceOf } from './describe-change.ts'
import { desiredHost, type HostSettings, type NodeWorkloads } from './desired-host.ts'
import { type HostChange, hostChanges, nextHolders, nextRemovalMs } from './host-changes.ts'
import type { HostKernel, HostLink } from './host-kernel.ts'
import type { ActualHost, DesiredHost } from './host-model.ts'
import { HostView } from './host-view.ts'
import { Reported } from './reported.ts'
import { SysctlError } from './sysctl-files.ts'

export interface HostPlumberOptions {
  readonly kernel: HostKernel
  readonly clock: Pick<Clock, 'after'>
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number
  readonly settings: Omit<HostSettings, 'defaultRpFilter'>
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

/** A line for each. */
export interface HostPlan {
  readonly changes: readonly string[]
  /** What can't be desired. */
  readonly problems: readonly string[]
}

const retryAfterMs = 1000
/** Events come in bursts, and if somebody undoes what is done here at once, that must not become a race. */
const eventDelayMs = 20
/**
 * Some settings change without an event: accept_ra, route_localnet, proxy_delay and those of the node. So every interface is
 * looked at each half minute, a few of them each second: 250 at once would keep policy waiting for 50 ms.
 */
const lookEveryMs = 1000
const looksForAll = 30

export class HostPlumber {
  readonly #options: HostPlumberOptions
  readonly #settings: HostSettings
  readonly #view: HostView
  readonly #reported: Reported
  readonly #notSettable = new Set<string>()
  #desired: DesiredHost | undefined
  /** What `desire` was last called with. */
  #desiredText = ''
  #holders: ReadonlyMap<string, number> = new Map()
  #watch: { close(): void } | undefined
  #pending: NodeJS.Immediate | undefined
  #cancelEvent: (() => void) | undefined
  #cancelRetry = noTimer
  #cancelRemoval = noTimer
  #cancelLook = noTimer

  /** Reads `conf.default.rp_filter`, before anything is changed. */
  constructor(options: HostPlumberOptions) {
    this.#options = options
    this.#settings = { ...options.settings, defaultRpFilter: readDefaultRpFilter(options.kernel) }
    this.#view = new HostView(options)
    this.#reported = new Reported(options.log)
  }

  /** What the node should be like from now on. Nothing is changed before the first call. */
  desire(workloads: NodeWorkloads): void {
    // Most changes of policy change nothing here: 250 endpoints are compared in a fraction of a millisecond.
    const text = JSON.stringify(workloads)
    if (text === this.#desiredText) return
    this.#desiredText = text
    this.#desired = desiredHost(workloads, this.#settings)
    this.#view.desire(this.#desired)
    if (this.#watch === undefined) this.#start()
    this.#soon()
  }

  /** What it would change now for these workloads, and changes nothing. @throws what the kernel throws */
  plan(workloads: NodeWorkloads): HostPlan {
    // What is unknown is going to be removed after its grace period, so it is in the plan.
    const desired = desiredHost(workloads, { ...this.#settings, graceMs: 0 })
    const view = new HostView(this.#options)
    view.desire(desired)
    const changes = hostChanges(view.read(new Map()), desired).map(describeChange)
    return { changes, problems: desired.problems }
  }

  /** Leaves the node as it is. */
  stop(): void {
    clearImmediate(this.#pending)
    this.#cancelEvent?.()
    for (const cancel of [this.#cancelRetry, this.#cancelRemoval, this.#cancelLook]) cancel()
    this.#watch?.close()
  }

  #start(): void {
    this.#watch = this.#options.kernel.watch({
      onLink: (link) => this.#view.noteLink(link) && this.#soonByEvent(),
      onRoute: (route) => this.#view.noteRoute(route) && this.#soonByEvent(),
      onNode: () => this.#lookAtAll(),
      onLost: () => this.#lookAtAll(),
      onError: (error) => this.#options.log(`node: ${messageOf(error)}`),
    })
    this.#lookAgainLater()
  }

  #lookAtAll(): void {
    this.#view.noteAll()
    this.#soonByEvent()
  }

  #lookAgainLater(): void {
    this.#cancelLook = this.#options.clock.after(lookEveryMs, () => {
      this.#view.noteNext(looksForAll)
      this.#soon()
      this.#lookAgainLater()
    })
  }

  #soonByEvent(): void {
    this.#cancelEvent ??= this.#options.clock.after(eventDelayMs, () => {
      this.#cancelEvent = undefined
      this.#soon()
    })
  }

  /** What happens in one turn is one change. */
  #soon(): void {
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined
      this.#mend()
    })
  }

  #mend(): void {
    const desired = this.#desired
    if (desired === undefined) return
    try {
      const actual = this.#view.read(this.#holders)
      const changes = hostChanges(actual, desired)
      const failures = this.#applyAll(changes.filter((change) => this.#isSettable(change)))
      this.#holders = nextHolders(actual, desired, unforgottenIn(failures))
      this.#report([...desired.problems, ...linesOf(failures)], failures.length > 0)
      this.#removeLater(actual, desired)
    } catch (error) {
      this.#view.noteAll()
      this.#report([`node: can't read its interfaces: ${messageOf(error)}`], true)
    }
  }

  #isSettable(change: HostChange): boolean {
    return change.kind !== 'SetSysctl' || !this.#notSettable.has(change.path)
  }

  /** What fails because its interface went meanwhile is no failure. */
  #applyAll(changes: readonly HostChange[]): Failure[] {
    const failures: Failure[] = []
    for (const change of changes) {
      if (isTooEarly(change, unforgottenIn(failures))) continue
      const failure = this.#apply(change)
      if (failure !== undefined) failures.push(failure)
    }
    if (failures.length === 0) return failures
    const present = new Set(this.#options.kernel.links().map(({ index }) => index))
    return failures.filter(({ link }) => link === undefined || present.has(link.index))
  }

  #apply(change: HostChange): Failure | undefined {
    const link = this.#view.linkOf(interfaceOf(change))
    try {
      this.#options.kernel.apply(change, link)
      if (change.kind === 'SetSysctl') this.#view.noteSysctl(change.path, change.value)
      return undefined
    } catch (error) {
      if (!isRefusedOption(change, error)) return { change, link, error }
      this.#notSettable.add(change.path)
      return undefined
    } finally {
      if (link !== undefined) this.#view.noteLink(link)
    }
  }

  #report(lines: readonly string[], hasFailed: boolean): void {
    this.#reported.set(lines)
    this.#cancelRetry()
    if (hasFailed) this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#soon())
  }

  #removeLater(actual: ActualHost, desired: DesiredHost): void {
    this.#cancelRemoval()
    const dueMs = nextRemovalMs(actual, desired)
    if (dueMs === undefined) return
    this.#cancelRemoval = this.#options.clock.after(dueMs - actual.nowMs, () => this.#soon())
  }
}

interface Failure {
  readonly change: HostChange
  readonly link: HostLink | undefined
  readonly error: unknown
}

/** One for each interface: the first, and how many more. */
function linesOf(failures: readonly Failure[]): string[] {
  const byInterface = Map.groupBy(failures, ({ change }) => interfaceOf(change) ?? 'node')
  return [...byInterface].flatMap(([name, [first, ...more]]) => {
    if (first === undefined) return []
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`
    return [`${name}: can't ${describeChange(first.change)}: ${messageOf(first.error)}${others}`]
  })
}

function isRefusedOption(
  change: HostChange,
  error: unknown,
): change is HostChange & { readonly kind: 'SetSysctl' } {
  return change.kind === 'SetSysctl' && change.isOptional && error instanceof SysctlError
}

function noTimer(): void {}

function unforgottenIn(failures: readonly Failure[]): Set<string> {
  return new Set(
    failures.flatMap(({ change }) => (change.kind === 'ForgetConnections' ? change.addresses : [])),
  )
}

/** Without a route, the new holder of an address can't be taken for the old one; nor may it be marked as the one who had it before. */
function isTooEarly(change: HostChange, unforgotten: ReadonlySet<string>): boolean {
  if (change.kind === 'AddRoute') return unforgotten.has(change.route.destination.split('/')[0] ?? '')
  return change.kind === 'SetSysctl' && change.addresses?.some((address) => unforgotten.has(address)) === true
}

function readDefaultRpFilter(kernel: HostKernel): string | undefined {
  const path = 'net/ipv4/conf/default/rp_filter'
  return kernel.readSysctls([path]).get(path)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
