/**
 * Was each packet treated as some version of policy wanted that may have been in force on its way?
 *
 * On one node a packet meets one version: it may arrive when a version allows it as a whole. Between two nodes it may meet one
 * version at its source and another at its destination, since nothing changes both in one step: each end is asked by itself.
 *
 * - It arrived, and no version could have let it through: a leak.
 * - It did not arrive, and every version allowed it: a loss. Losses that the kernel itself owns up to, since a queue was
 *   full, are forgiven by number; policy never counts there.
 */
import { Timeline } from './timeline.ts'

/** What a version says about a stream, each end by itself; an end that no policy governs allows. */
export interface Sides {
  readonly egress: boolean
  readonly ingress: boolean
}

export interface JudgedStream {
  readonly name: string
  readonly sourceNode: string
  readonly destinationNode: string
}

/** By stream's index. */
export type Version = readonly Sides[]

export interface Batch {
  readonly stream: number
  readonly batch: number
  readonly count: number
  /** Before the first packet was sent, and after the last one. */
  readonly fromNs: number
  readonly toNs: number
}

/** A connection that was asked for by itself. */
export interface Attempt {
  readonly stream: number
  readonly hasArrived: boolean
  /** How that is known, in a few words. */
  readonly detail: string
  /** When it was asked for, and when its outcome was known. */
  readonly fromNs: number
  readonly toNs: number
}

export interface Report {
  readonly sent: number
  readonly arrived: number
  /** Packets that had to arrive, and packets that must not. */
  readonly bound: number
  readonly forbidden: number
  readonly leaks: Findings
  readonly losses: Findings
}

/** So many packets, and the first of them in words. */
export interface Findings {
  readonly count: number
  readonly examples: readonly string[]
}

/** A packet that is not there so long after it was sent is lost. Far more than a way through the lab takes. */
const longestWayNs = 150e6
const atMostExamples = 20

export class Judge {
  readonly #streams: readonly JudgedStream[]
  readonly #timelines: ReadonlyMap<string, Timeline<Version>>
  readonly #pending = new Map<string, Batch>()
  readonly #arrivals = new Map<string, number>()
  readonly #counts = { sent: 0, arrived: 0, bound: 0, forbidden: 0 }
  readonly #leaks = { count: 0, examples: [] as string[] }
  readonly #losses = { count: 0, examples: [] as string[] }

  constructor(streams: readonly JudgedStream[], nodes: readonly string[]) {
    this.#streams = streams
    this.#timelines = new Map(nodes.map((node) => [node, new Timeline<Version>()]))
  }

  begin(node: string, version: Version, atNs: number): void {
    this.#timelines.get(node)?.begin(version, atNs)
  }

  end(node: string, atNs: number): void {
    this.#timelines.get(node)?.end(atNs)
  }

  sent(batch: Batch): void {
    this.#counts.sent += batch.count
    this.#pending.set(`${batch.stream} ${batch.batch}`, batch)
  }

  /** Of a batch so many, the first of them at this time: if any of them leaked, that one did. */
  arrived({ stream, batch, count, fromNs }: Omit<Batch, 'toNs'>, atNs: number): void {
    this.#counts.arrived += count
    const key = `${stream} ${batch}`
    this.#arrivals.set(key, (this.#arrivals.get(key) ?? 0) + count)
    if (this.#mayPass(stream, fromNs, atNs)) return
    const way = `${count} in ${milliseconds(atNs - fromNs)}`
    this.#note(
      this.#leaks,
      `${this.#name(stream)}: ${way}, ${this.#momentOf(stream, atNs, 'destinationNode')}`,
      count,
    )
  }

  attempted(attempt: Attempt): void {
    const { stream, hasArrived, fromNs, toNs } = attempt
    if (hasArrived && !this.#mayPass(stream, fromNs, toNs)) this.#noteAttempt(this.#leaks, attempt)
    if (!hasArrived && this.#mustPass(stream, fromNs, toNs)) this.#noteAttempt(this.#losses, attempt)
  }

  /** Everything that arrived before then has been told. */
  settle(knownUntilNs: number): void {
    for (const [key, batch] of this.#pending) {
      const lastNs = batch.toNs + longestWayNs
      if (lastNs > knownUntilNs) continue
      this.#pending.delete(key)
      this.#settleBatch(batch, this.#arrivals.get(key) ?? 0, lastNs)
      this.#arrivals.delete(key)
    }
  }

  get report(): Report {
    return { ...this.#counts, leaks: this.#leaks, losses: this.#losses }
  }

  #settleBatch({ stream, count, fromNs }: Batch, arrived: number, lastNs: number): void {
    if (!this.#mayPass(stream, fromNs, lastNs)) this.#counts.forbidden += count
    if (!this.#mustPass(stream, fromNs, lastNs)) return
    this.#counts.bound += count
    if (arrived < count) this.#noteLoss({ stream, count, toNs: lastNs - longestWayNs }, count - arrived)
  }

  #noteLoss({ stream, count, toNs }: Pick<Batch, 'stream' | 'count' | 'toNs'>, lost: number): void {
    const moments = this.#momentsOf(stream, toNs)
    this.#note(this.#losses, `${this.#name(stream)}: ${lost} of ${count}, sent ${moments}`, lost)
  }

  #noteAttempt(findings: { count: number; examples: string[] }, attempt: Attempt): void {
    const { stream, detail, fromNs, toNs } = attempt
    const what = `${detail} after ${milliseconds(toNs - fromNs)}, asked for ${this.#momentsOf(stream, fromNs)}`
    this.#note(findings, `${this.#name(stream)}: ${what}`, 1)
  }

  #mayPass(stream: number, fromNs: number, toNs: number): boolean {
    const { source, destination, isOneNode } = this.#sidesOf(stream, fromNs, toNs)
    if (isOneNode) return source.some(({ egress, ingress }) => egress && ingress)
    return source.some(({ egress }) => egress) && destination.some(({ ingress }) => ingress)
  }

  #mustPass(stream: number, fromNs: number, toNs: number): boolean {
    const { source, destination } = this.#sidesOf(stream, fromNs, toNs)
    return source.every(({ egress }) => egress) && destination.every(({ ingress }) => ingress)
  }

  #sidesOf(stream: number, fromNs: number, toNs: number) {
    const { sourceNode = '', destinationNode = '' } = this.#streams[stream] ?? {}
    const at = (node: string) =>
      (this.#timelines.get(node)?.between(fromNs, toNs) ?? []).flatMap((version) => version[stream] ?? [])
    return {
      source: at(sourceNode),
      destination: at(destinationNode),
      isOneNode: sourceNode === destinationNode,
    }
  }

  #momentsOf(stream: number, atNs: number): string {
    const ends = ['sourceNode', 'destinationNode'] as const
    const moments = ends.map((end) => this.#momentOf(stream, atNs, end)).join('; ')
    return `${(atNs / 1e9).toFixed(3)} s: ${moments}`
  }

  /** Where a time lies in the changes of the node at one end. */
  #momentOf(stream: number, atNs: number, end: 'sourceNode' | 'destinationNode'): string {
    const node = this.#streams[stream]?.[end] ?? ''
    const change = this.#timelines.get(node)?.lastChange(atNs)
    if (change === undefined) return `at node ${node}, before the first change`
    const { beganNsAgo, endedNsAgo } = change
    const state =
      endedNsAgo < 0
        ? `goes on for ${milliseconds(-endedNsAgo)}`
        : `was over ${milliseconds(endedNsAgo)} before`
    return `at node ${node}, where a change began ${milliseconds(beganNsAgo)} before and ${state}`
  }

  #name(stream: number): string {
    return this.#streams[stream]?.name ?? `stream ${stream}`
  }

  #note(findings: { count: number; examples: string[] }, what: string, count: number): void {
    findings.count += count
    if (findings.examples.length < atMostExamples) findings.examples.push(what)
  }
}

function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`
}
