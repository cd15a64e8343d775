/**
 * What policy is decided on, as the store has it, followed by watch; and how it would be after a write.
 *
 * Staged policies are left out: nothing is enforced by them.
 */
import { isDeepStrictEqual } from 'node:util'
import {
  type Endpoint,
  enforcedKinds,
  type PolicyState,
  type ResourceChange,
  StateBuilder,
  type StateDelta,
} from '@margay/policy'
import { type KindDefinition, kindDefinitions, type Resource, type ResourceObject } from '@margay/resources'
import { Feed, type FeedOptions } from '../../authorization/feed.ts'
import { prefixOf } from '../../rest/keys.ts'
import type { Outcome } from './judgement.ts'

/** A write of one of these can change who may talk to whom. */
export function takesPart({ kind }: KindDefinition): boolean {
  return enforcedKinds.has(kind)
}

/** Where the store has them. */
export const policyCollections: readonly string[] = kindDefinitions
  .filter(takesPart)
  .map((kind) => prefixOf(kind))

/** `changed` is called after each change, whether policy looks at it or not. */
export type LivePolicyOptions = Pick<FeedOptions, 'store' | 'clock' | 'log' | 'changed'>

export class LivePolicy {
  readonly #builder = new StateBuilder()
  readonly #feeds: readonly Feed[]
  /** What the builder was told. */
  readonly #told = new Map<string, Resource>()
  /** What came since. Undefined: it went. */
  readonly #news = new Map<string, Resource | undefined>()
  #state: PolicyState = this.#builder.update([]).state
  #version = Symbol()

  private constructor(options: LivePolicyOptions) {
    this.#feeds = policyCollections.map(
      (prefix) =>
        new Feed({
          ...options,
          prefix,
          put: (object) => this.#news.set(keyOf(object), object as Resource),
          remove: (object) => this.#news.set(keyOf(object), undefined),
        }),
    )
  }

  /** Resolves when everything is known. */
  static async start(options: LivePolicyOptions): Promise<LivePolicy> {
    const policy = new LivePolicy(options)
    try {
      await Promise.all(policy.#feeds.map((feed) => feed.start()))
      return policy
    } catch (error) {
      await policy.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.stop()))
  }

  /** Resolves when all changes up to the revision are known. */
  async reached(revision: bigint): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.reached(revision)))
  }

  /** As it is. Good until the next question. */
  get state(): PolicyState {
    this.#tell()
    return this.#state
  }

  /** Another one whenever something has changed that policy looks at. */
  get version(): symbol {
    this.#tell()
    return this.#version
  }

  /**
   * As it would be after a write; undefined where the write changes nothing that policy looks at. To be asked only while `look` runs.
   * Cost: what the write changes, twice.
   */
  after<T>(write: Outcome, look: (state: PolicyState) => T): T | undefined {
    this.#tell()
    const changes = this.#changesOf(write)
    const { state, delta } = this.#builder.update(changes)
    try {
      return changesNothing(delta) ? undefined : look(state)
    } finally {
      const back = changes.map(({ before, after }) => ({ before: after, after: before }))
      this.#state = this.#builder.update(back).state
    }
  }

  #tell(): void {
    if (this.#news.size === 0) return
    const changes = [...this.#news].map(([key, after]) => ({ before: this.#told.get(key), after }))
    const { state, delta } = this.#builder.update(changes)
    this.#state = state
    if (!changesNothing(delta)) this.#version = Symbol()
    for (const [key, after] of this.#news) {
      if (after === undefined) this.#told.delete(key)
      else this.#told.set(key, after)
    }
    this.#news.clear()
  }

  #changesOf({ object, isGone }: Outcome): ResourceChange[] {
    const before = this.#told.get(keyOf(object))
    if (!isGone) return [{ before, after: object as Resource }]
    const gone = object.kind === 'Namespace' ? this.#goneWith(object, before) : [before]
    return gone.map((each) => ({ before: each, after: undefined }))
  }

  /** A namespace takes along what is in it, and stays with what finalizers hold: its pods, but not their policies, may be such. */
  #goneWith(
    { metadata: { name } }: ResourceObject,
    namespace: Resource | undefined,
  ): (Resource | undefined)[] {
    const content = [...this.#told.values()].filter(({ metadata }) => metadata.namespace === name)
    const gone = content.filter(({ metadata }) => (metadata.finalizers ?? []).length === 0)
    return gone.length < content.length ? gone : [namespace, ...gone]
  }
}

/** As with an annotation that nobody reads: there is another object for the endpoint, which says the same. */
function changesNothing({ endpoints, hostEndpoints, networkSets, policies, isWhole }: StateDelta): boolean {
  const others = [hostEndpoints, networkSets, policies]
  if (isWhole || others.some(({ gone, come }) => gone.length + come.length > 0)) return false
  return isDeepStrictEqual(endpoints.gone.map(plain), endpoints.come.map(plain))
}

/** By name: what an endpoint works out when it is asked is not copied with it. */
function plain(endpoint: Endpoint): Omit<Endpoint, 'labels'> & { readonly labels: unknown } {
  const { key, namespace, name, node, addresses, ports, interfaceName, profiles } = endpoint
  const { labels, allowedSourcePrefixes, limits } = endpoint
  const place = { key, namespace, name, node, addresses, ports, interfaceName }
  return { ...place, profiles, labels: [...labels], allowedSourcePrefixes, limits }
}

function keyOf({ apiVersion, kind, metadata: { namespace = '', name } }: ResourceObject): string {
  return [apiVersion, kind, namespace, name].join(' ')
}
