/**
 * What is asserted, and what it is judged by: all that takes part in policy, which is followed as long as there is an assertion.
 *
 * Holds  Where there are no assertions, nothing is computed and nothing kept.
 */
import { setImmediate } from 'node:timers/promises'
import { findKind, type KindDefinition, type NetworkAssertion, type ResourceObject } from '@margay/resources'
import type { Store } from '@margay/storage'
import { Feed } from '../../authorization/feed.ts'
import type { Clock, Log } from '../../environment.ts'
import { prefixOf } from '../../rest/keys.ts'
import { unavailable } from '../../status/api-error.ts'
import { LivePolicy, policyCollections } from './live-policy.ts'

export interface AssertedPolicyOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Who is told, and of what. */
export interface ChangeListener {
  readonly assertionsChanged: () => void
  /** Or it may have: also what policy does not look at. */
  readonly policyChanged: () => void
}

/** Longer than a healthy store takes by far. */
const longestWaitMs = 2000

export class AssertedPolicy {
  readonly #options: AssertedPolicyOptions
  readonly #assertions = new Map<string, NetworkAssertion>()
  readonly #feed: Feed
  readonly #listeners = new Set<ChangeListener>()
  #policy: Promise<LivePolicy> | undefined

  constructor(options: AssertedPolicyOptions) {
    this.#options = options
    this.#feed = new Feed({
      ...options,
      prefix: assertionCollection,
      put: (object) => this.#assertions.set(object.metadata.name, asAssertion(object)),
      remove: ({ metadata }) => this.#assertions.delete(metadata.name),
      changed: () => {
        for (const { assertionsChanged } of this.#listeners) assertionsChanged()
      },
    })
  }

  /** Resolves when all assertions are known. */
  async start(): Promise<void> {
    await this.#feed.start()
  }

  async stop(): Promise<void> {
    await this.#feed.stop()
    await this.rest()
  }

  get assertions(): readonly NetworkAssertion[] {
    return [...this.#assertions.values()]
  }

  /** Every change of an assertion up to it is known. */
  get revision(): bigint {
    return this.#feed.revision
  }

  /** Nothing is asserted, and nothing followed. */
  get isIdle(): boolean {
    return this.#policy === undefined && this.#assertions.size === 0
  }

  /** Returns what ends it. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Everything up to the last change, by whichever server. @throws a 503 where the store does not tell in time */
  async follow(): Promise<{ policy: LivePolicy; revision: bigint }> {
    const policy = await this.#begun()
    const revision = await this.#options.store.lastChange(judgedCollections)
    const timeout = Promise.withResolvers<boolean>()
    const cancel = this.#options.clock.after(longestWaitMs, () => timeout.resolve(false))
    const all = Promise.all([policy.reached(revision), this.#feed.reached(revision)])
    try {
      const isKnown = await Promise.race([all.then(() => true), timeout.promise])
      if (!isKnown) throw unavailable('the newest policies are not known here yet')
      await othersToldToo()
      return { policy, revision }
    } finally {
      cancel()
    }
  }

  /** Nobody asserts anything any more. */
  async rest(): Promise<void> {
    const policy = this.#policy
    this.#policy = undefined
    await (await policy?.catch(() => undefined))?.stop()
  }

  async #begun(): Promise<LivePolicy> {
    const changed = (): void => {
      for (const { policyChanged } of this.#listeners) policyChanged()
    }
    const begun = this.#policy ?? LivePolicy.start({ ...this.#options, changed })
    this.#policy = begun
    try {
      return await begun
    } catch (error) {
      if (this.#policy === begun) this.#policy = undefined
      throw error
    }
  }
}

/**
 * What follows takes the processor for a while. Were that within the round in which the store tells its watchers of the last change, the
 * store would rest for as long after it (ADR 0013), and the next write would wait for that.
 */
async function othersToldToo(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

/** Everything that is stored, or was admitted, has the shape of its kind. */
export function asAssertion(object: ResourceObject): NetworkAssertion {
  return object as unknown as NetworkAssertion
}

export function assertionKind(): KindDefinition {
  const kind = findKind('policy.margay.io/v1alpha1', 'NetworkAssertion')
  if (kind === undefined) throw new Error('the resources room does not know NetworkAssertion')
  return kind
}

export const assertionCollection = prefixOf(assertionKind())
/** A change of one of these can change what holds. */
export const judgedCollections: readonly string[] = [...policyCollections, assertionCollection]
