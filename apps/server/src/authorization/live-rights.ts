/**
 * The rights as the store has them, followed by watch: roles, bindings, and which tiers there are.
 *
 * Holds   1. Once `reached(revision)` resolves with true, every decision knows all that was written up to it.
 *         2. A feed that breaks is begun anew. Until then decisions go by what was last known.
 */
import type { ResourceObject } from '@margay/resources'
import { kindDefinitions, rbacGroup } from '@margay/resources'
import type { Store } from '@margay/storage'
import type { Clock, Log } from '../environment.ts'
import { prefixOf } from '../rest/keys.ts'
import { Feed } from './feed.ts'
import { RbacIndex } from './rbac/rbac-index.ts'
import { calicoGroup } from './tiers/tier-rules.ts'

export interface LiveRightsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Where the store has what rights are made of. */
export const rbacCollections: readonly string[] = kindDefinitions
  .filter(({ group }) => group === rbacGroup)
  .map((kind) => prefixOf(kind))
const tierCollection = `/${calicoGroup}/tiers/`

/** Longer than a healthy store takes by far; a writer is then answered, since what he wrote is written. */
const longestWaitMs = 2000

export class LiveRights {
  readonly index = new RbacIndex()
  readonly #tiers = new Set<string>()
  readonly #listeners = new Set<() => void>()
  readonly #feeds: readonly Feed[]
  readonly #store: Store
  readonly #clock: Clock

  private constructor(options: LiveRightsOptions) {
    this.#store = options.store
    this.#clock = options.clock
    const feed = (prefix: string, put: Take, remove: Take): Feed =>
      new Feed({ ...options, prefix, put, remove, changed: () => this.#tell() })
    this.#feeds = [
      feed(
        `/${rbacGroup}/`,
        (object) => this.index.put(object),
        (object) => this.index.remove(object),
      ),
      feed(
        tierCollection,
        ({ metadata }) => this.#tiers.add(metadata.name),
        ({ metadata }) => this.#tiers.delete(metadata.name),
      ),
    ]
  }

  /** Resolves when everything is known. */
  static async start(options: LiveRightsOptions): Promise<LiveRights> {
    const rights = new LiveRights(options)
    await Promise.all(rights.#feeds.map((feed) => feed.start()))
    return rights
  }

  /** By name. */
  get tiers(): readonly string[] {
    return [...this.#tiers].sort()
  }

  /**
   * The revision up to which every decision knows all that was written to roles, bindings and tiers, by whichever server, before this was
   * called; undefined when that took too long.
   */
  async catchUp(): Promise<bigint | undefined> {
    const last = await this.#store.lastChange([...rbacCollections, tierCollection])
    return (await this.reached(last)) ? last : undefined
  }

  /** False when that took too long, because the store does not tell of its changes. */
  async reached(revision: bigint): Promise<boolean> {
    const timeout = Promise.withResolvers<boolean>()
    const cancel = this.#clock.after(longestWaitMs, () => timeout.resolve(false))
    const all = Promise.all(this.#feeds.map((feed) => feed.reached(revision)))
    try {
      return await Promise.race([all.then(() => true), timeout.promise])
    } finally {
      cancel()
    }
  }

  /** Calls after each change; the returned function stops that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.stop()))
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

type Take = (object: ResourceObject) => void
