/**
 * Follows all that policy depends on, by one informer for each kind, and gathers what changed until somebody takes it.
 *
 * Holds  Nothing is taken before every kind was listed completely (`hasSynced`): half of a view may mean more than the whole.
 */
import { type ApiClient, type Clock, Informer, type InformerChange } from '@margay/client'
import type { ResourceChange } from '@margay/policy'
import type { KindDefinition, Resource, ResourceObject } from '@margay/resources'
import { ClusterView, canDoWithout, isOptionalKind, keyOfKind, policyKinds } from './cluster-view.ts'

export interface ClusterChange {
  readonly kind: KindDefinition
  readonly change: InformerChange
  /** False: policy reads nothing of what changed. */
  readonly concernsPolicy: boolean
}

export interface ClusterFollowerOptions {
  readonly client: Pick<ApiClient, 'list' | 'watch'>
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Takes one line at a time: troubles of informers, and each object that is not understood. */
  readonly log: (line: string) => void
  /** Kinds that somebody needs beside those that policy reads; they are followed, and no part of changes that are taken. */
  readonly moreKinds?: readonly KindDefinition[]
  readonly onChange: (change: ClusterChange) => void
  /** A kind that there may be none of can't be read: whoever waited for it may not have to any more. */
  readonly onOptionalFailure?: () => void
}

export class ClusterFollower {
  readonly #options: ClusterFollowerOptions
  readonly #view: ClusterView
  readonly #informers: ReadonlyMap<string, Informer>
  readonly #kinds: readonly KindDefinition[]

  constructor(options: ClusterFollowerOptions) {
    this.#options = options
    this.#view = new ClusterView(options.log)
    this.#kinds = [...policyKinds, ...(options.moreKinds ?? [])]
    this.#informers = new Map(this.#kinds.map((kind) => [keyOfKind(kind), this.#informer(kind)]))
  }

  #informer(kind: KindDefinition): Informer {
    const { client, clock, random, log, onChange, onOptionalFailure } = this.#options
    const isOfPolicy = policyKinds.includes(kind)
    return new Informer(client, kind, {
      clock,
      random,
      log: (line) => {
        log(line)
        if (isOptionalKind(kind)) onOptionalFailure?.()
      },
      onChange: (change) => {
        const concernsPolicy = isOfPolicy && this.#view.take(kind, change)
        onChange({ kind, change, concernsPolicy })
      },
    })
  }

  start(): void {
    for (const informer of this.#informers.values()) informer.start()
  }

  /** Resolves when nothing more will be told. */
  async stop(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()))
  }

  /** What there may be none of holds up nothing, where it can't be read. */
  get hasSynced(): boolean {
    return this.#kinds.every((kind) => {
      const informer = this.#informers.get(keyOfKind(kind))
      return informer?.hasSynced === true || canDoWithout(kind, informer?.failure)
    })
  }

  /** The newest resourceVersion of all kinds; undefined where the API does not count upwards. */
  get newestRevision(): string | undefined {
    const numbers = [...this.#informers.values()]
      .map(({ resourceVersion = '' }) => resourceVersion)
      .filter((it) => /^\d+$/.test(it))
      .map(BigInt)
    return numbers.length === 0 ? undefined : String(numbers.reduce((a, b) => (a > b ? a : b)))
  }

  /** All objects of a kind (`v1/Node`) that is followed, by `namespace/name` or `name`. */
  itemsOf(kind: string): ReadonlyMap<string, ResourceObject> {
    return this.#informers.get(kind)?.items ?? new Map()
  }

  /** What changed since the last time, each object once: from what it was then to what it is now. */
  takeChanges(): ResourceChange[] {
    return this.#view.takeChanges()
  }

  /** All that policy reads, as it is now: also what changed since changes were taken. */
  get resources(): Iterable<Resource> {
    return this.#view.resources
  }

  /** Of the objects as they are now, a line for each that can't be understood. */
  get problems(): Iterable<string> {
    return this.#view.problems
  }
}
