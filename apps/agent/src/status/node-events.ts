/**
 * Tells what happens on this node as Events about its Node: one for each reason, which counts how often. Each is written at most once in a
 * minute; what happens meanwhile is told together. Since all nodes may see the same at once, they spread their writes. What can't be
 * written is tried again with what came meanwhile, for some minutes.
 *
 * Source  Kubernetes, core/v1 Event, as kubelets write them: the Node's uid is its name there, by which kubectl describe finds them.
 */
import { type ApiClient, type Clock, isNotFound } from '@margay/client'
import { type Event, nodeEventName, nodeEventNamespace, type ResourceObject } from '@margay/resources'
import { knownKind } from '../known-kind.ts'

export interface NodeEventsOptions {
  readonly nodeName: string
  readonly client: Pick<ApiClient, 'get' | 'create' | 'patch'>
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** As the API last told them, by name. */
  readonly nodes: () => ReadonlyMap<string, unknown>
}

/** How an event of a reason reads. */
export interface EventReason {
  /** One word in CamelCase. */
  readonly reason: string
  readonly type: 'Normal' | 'Warning'
  /** A sentence of all that happened since the last time. */
  readonly message: (of: readonly string[]) => string
}

interface Pending {
  readonly about: EventReason
  readonly of: Set<string>
  /** How often this was tried already. */
  readonly tries: number
}

const atMostEachMs = 60_000
const spreadMsPerNode = 4
const maxSpreadMs = 20_000
const maxMessageLength = 1024
/** As kubelets do. */
const maxTries = 12

export class NodeEvents {
  readonly #options: NodeEventsOptions
  readonly #pending = new Map<string, Pending>()
  readonly #lastMs = new Map<string, number>()
  readonly #cancels = new Map<string, () => void>()
  #failure: string | undefined
  #isStopped = false

  constructor(options: NodeEventsOptions) {
    this.#options = options
  }

  tell(about: EventReason, of: readonly string[]): void {
    this.#add({ about, of: new Set(of), tries: 0 })
  }

  /** What was not told yet is told to nobody. */
  stop(): void {
    this.#isStopped = true
    for (const cancel of this.#cancels.values()) cancel()
  }

  #add({ about, of, tries }: Pending): void {
    if (this.#isStopped) return
    const { reason } = about
    const earlier = this.#pending.get(reason)?.of ?? new Set<string>()
    this.#pending.set(reason, { about, of: earlier.union(of), tries })
    if (!this.#cancels.has(reason)) this.#writeLater(reason)
  }

  #writeLater(reason: string): void {
    const { clock, random, nodes } = this.#options
    const spreadMs = Math.round(random() * Math.min(maxSpreadMs, nodes().size * spreadMsPerNode))
    const waitMs =
      (this.#lastMs.get(reason) ?? Number.NEGATIVE_INFINITY) + atMostEachMs - clock.now().getTime()
    const cancel = clock.after(Math.max(spreadMs, waitMs), () => void this.#write(reason))
    this.#cancels.set(reason, cancel)
  }

  async #write(reason: string): Promise<void> {
    const pending = this.#pending.get(reason)
    this.#cancels.delete(reason)
    this.#pending.delete(reason)
    if (pending === undefined) return
    this.#lastMs.set(reason, this.#options.clock.now().getTime())
    try {
      await this.#put(pending.about, cut(pending.about.message([...pending.of])))
      this.#failure = undefined
    } catch (error) {
      this.#failed(error, pending)
    }
  }

  #failed(error: unknown, pending: Pending): void {
    const line = `events of this node: ${error instanceof Error ? error.message : String(error)}`
    if (line !== this.#failure) this.#options.log(line)
    this.#failure = line
    const tries = pending.tries + 1
    if (tries < maxTries) this.#add({ ...pending, tries })
  }

  async #put({ reason, type }: EventReason, message: string): Promise<void> {
    const { client, nodeName, clock } = this.#options
    const ref = { namespace: nodeEventNamespace, name: nodeEventName(nodeName, reason) }
    const now = clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
    const there = await client.get(eventKind, ref).catch(undefinedIfMissing)
    if (there === undefined)
      await client.create(eventKind, newEvent(ref, nodeName, { reason, type, message }, now))
    else await client.patch(eventKind, ref, { message, count: (countOf(there) ?? 1) + 1, lastTimestamp: now })
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}

function countOf(event: ResourceObject): number | undefined {
  return (event as unknown as Event).count
}

function newEvent(
  metadata: { readonly namespace: string; readonly name: string },
  nodeName: string,
  what: { readonly reason: string; readonly type: string; readonly message: string },
  now: string,
): ResourceObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeName },
    ...what,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: 'margay-agent', host: nodeName },
    reportingComponent: 'margay-agent',
    reportingInstance: nodeName,
  } as ResourceObject
}

function cut(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength - 1)}…`
}

const eventKind = knownKind('v1', 'Event')
