/**
 * Tells the API how it stands with this node: a condition on its Node, and a Lease that shows that the agent is alive.
 *
 * Holds  1. Nothing here disturbs enforcement: what fails is logged once, and tried again with the next heartbeat.
 *        2. The condition is written only when it is another one, at most each 10 s. Since each of n agents watches all
 *           nodes, n agents that change at the same time spread their writes over n²/20 ms (at most 5 min): that
 *           makes 20,000 deliveries a second.
 *        3. The lease, which nobody watches, is renewed each 20 s: for 5,000 nodes 250 small writes a second.
 *        4. Before the agent has brought the kernel up to date, or failed to, it says nothing: what is enforced then is
 *           what an earlier process said.
 * Source Kubernetes, "Node heartbeats".
 */
import { type ApiClient, type Clock, isNotFound } from '@margay/client'
import {
  agentLeaseNamespace,
  agentLeaseSeconds,
  enforcedRevisionAnnotation,
  type Node,
  type NodeCondition,
  policyCondition,
  policyEnforcedCondition,
  policyProblemsAnnotation,
  type ResourceObject,
} from '@margay/resources'
import { knownKind } from '../known-kind.ts'
import { newLease } from './agent-lease.ts'
import { within } from './within.ts'

export interface StatusReporterOptions {
  readonly nodeName: string
  readonly client: Pick<ApiClient, 'create' | 'patch'>
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** As the API last told them, by name. */
  readonly nodes: () => ReadonlyMap<string, ResourceObject>
  /** The newest resourceVersion that is in force, if it is known. */
  readonly revision: () => string | undefined
  /** Asked with each heartbeat: further annotations of the lease, by name; undefined: it should not be there. */
  readonly reports?: () => Promise<Reports>
}

type Reports = Readonly<Record<string, string | undefined>>

interface State {
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

const renewMs = 20_000
/** Two heartbeats are so far apart, whatever happens. */
const minRenewMs = 5000
/** A heartbeat waits no longer for what others report: without it the agent would count as gone. */
const reportsWithinMs = 2000
const minWriteMs = 10_000
/** What is mended at once needs not be told. */
const failingMs = 10_000
const maxSpreadMs = 300_000
/** Each node takes so much of the first heartbeats' time. */
const startSpreadMs = 4
const maxTextLength = 1024

const enforcing: State = {
  status: 'True',
  reason: 'PolicyEnforced',
  message: 'the kernel enforces policy',
}

export class StatusReporter {
  readonly #options: StatusReporterOptions
  #state: State | undefined
  #problems: readonly string[] = []
  #lastWriteMs = Number.NEGATIVE_INFINITY
  #cancelBeat: () => void = () => undefined
  #beatAtMs = Number.POSITIVE_INFINITY
  #lastBeatMs = Number.NEGATIVE_INFINITY
  #isBeating = false
  #isHurried = false
  #cancelWrite: (() => void) | undefined
  #troubles = new Map<string, string>()
  #isStopped = false

  constructor(options: StatusReporterOptions) {
    this.#options = options
  }

  /** The kernel was brought up to date. `problems` are lines about what is not understood. */
  enforced(problems: readonly string[]): void {
    this.#problems = problems
    this.#take(enforcing, 0)
  }

  /** It could not be. */
  failed(message: string): void {
    this.#take({ status: 'False', reason: 'EnforcementFailed', message: cut(message) }, failingMs)
  }

  /** What others report should be known soon, not only with the next heartbeat. */
  hurry(): void {
    if (this.#state === undefined || this.#isStopped) return
    this.#isHurried = this.#isBeating
    const nowMs = this.#options.clock.now().getTime()
    const waitMs = Math.max(this.#beatSpread(), this.#lastBeatMs + minRenewMs - nowMs)
    if (!this.#isBeating && nowMs + waitMs < this.#beatAtMs) this.#planBeat(waitMs)
  }

  /** Waits for nothing: what is under way is broken off with the client. */
  stop(): void {
    this.#isStopped = true
    this.#cancelBeat()
    this.#cancelWrite?.()
  }

  #take(state: State, delayMs: number): void {
    if (this.#isStopped) return
    const isFirst = this.#state === undefined
    if (state.status === this.#state?.status) return
    this.#state = state
    this.#cancelWrite?.()
    this.#cancelWrite = undefined
    this.#planWrite(delayMs)
    if (isFirst) this.#planBeat(this.#beatSpread())
  }

  #beatSpread(): number {
    return this.#spread(Math.min(renewMs, this.#options.nodes().size * startSpreadMs))
  }

  #planBeat(afterMs: number): void {
    const { clock } = this.#options
    this.#cancelBeat()
    this.#beatAtMs = clock.now().getTime() + afterMs
    this.#cancelBeat = clock.after(afterMs, () => void this.#beat())
  }

  async #beat(): Promise<void> {
    this.#isBeating = true
    this.#lastBeatMs = this.#options.clock.now().getTime()
    await this.#attempt('lease', () => this.#renew())
    this.#isBeating = false
    if (this.#isStopped) return
    // Somebody may have written over the condition, as the server does for agents that were silent.
    this.#planWrite(0)
    this.#planBeat(renewMs * (0.9 + 0.2 * this.#options.random()))
    if (this.#isHurried) this.hurry()
  }

  /** If the condition is not as it should be; one that is planned already stays as planned. */
  #planWrite(delayMs: number): void {
    if (this.#cancelWrite !== undefined || !this.#differs()) return
    const { clock, nodes } = this.#options
    const spreadMs = this.#spread(Math.min(maxSpreadMs, nodes().size ** 2 / 20))
    const waitMs = this.#lastWriteMs + minWriteMs - clock.now().getTime()
    this.#cancelWrite = clock.after(Math.max(delayMs + spreadMs, waitMs), () => void this.#write())
  }

  async #write(): Promise<void> {
    this.#cancelWrite = undefined
    const [state, node] = [this.#state, this.#node]
    if (state === undefined || node === undefined || !this.#differs()) return
    this.#lastWriteMs = this.#options.clock.now().getTime()
    const status = { conditions: [conditionOf(state, node, this.#options.clock.now())] }
    await this.#attempt('status', () =>
      this.#options.client.patch(
        knownKind('v1', 'Node'),
        { name: this.#options.nodeName },
        { status },
        { type: 'strategic', subresource: 'status' },
      ),
    )
  }

  #differs(): boolean {
    const node = this.#node
    if (node === undefined) {
      this.#trouble('node', `the API has no node ${this.#options.nodeName}: its status is told to nobody`)
      return false
    }
    this.#troubles.delete('node')
    const { status, reason } = policyCondition(node) ?? {}
    return this.#state !== undefined && (status !== this.#state.status || reason !== this.#state.reason)
  }

  get #node(): Node | undefined {
    return this.#options.nodes().get(this.#options.nodeName) as Node | undefined
  }

  /** None while they can't be had: what was written before stays. */
  async #reports(): Promise<Reports> {
    const { reports, clock } = this.#options
    let found: Reports = {}
    if (reports !== undefined)
      await this.#attempt('reports', async () => {
        found = await within(reportsWithinMs, reports(), clock)
      })
    return found
  }

  async #renew(): Promise<void> {
    const { client, nodeName, clock } = this.#options
    const reports = Object.entries(await this.#reports())
    const ref = { namespace: agentLeaseNamespace, name: nodeName }
    const renewTime = clock.now().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: agentLeaseSeconds, renewTime }
    const annotations = {
      [enforcedRevisionAnnotation]: this.#options.revision() ?? null,
      [policyProblemsAnnotation]: this.#problems.length === 0 ? null : cut(this.#problems.join('\n')),
      ...Object.fromEntries(reports.map(([name, text]) => [name, text ?? null])),
    }
    const kind = knownKind('coordination.k8s.io/v1', 'Lease')
    try {
      await client.patch(kind, ref, { metadata: { annotations }, spec })
    } catch (error) {
      if (!isNotFound(error)) throw error
      await client.create(kind, newLease(ref, spec, annotations, this.#node))
    }
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      this.#troubles.delete(what)
    } catch (error) {
      if (!this.#isStopped)
        this.#trouble(what, `${what} of this node: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Logged once, and again only if it was over meanwhile, or is another. */
  #trouble(what: string, line: string): void {
    if (this.#troubles.get(what) === line) return
    this.#troubles.set(what, line)
    this.#options.log(line)
  }

  #spread(ms: number): number {
    return Math.round(ms * this.#options.random())
  }
}

function conditionOf(state: State, node: Node, now: Date): NodeCondition {
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z')
  const { status, lastTransitionTime } = policyCondition(node) ?? {}
  return {
    type: policyEnforcedCondition,
    ...state,
    lastHeartbeatTime: time,
    lastTransitionTime: status === state.status ? (lastTransitionTime ?? time) : time,
  }
}

function cut(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength - 1)}…`
}
