/**
 * The GlobalNetworkSets of a feed, as the store has them.
 *
 * Holds  1. A set that a feed did not make is never changed or removed.
 *        2. What is listed before and after is in one of the sets at each moment in between: an address that moves from one set to
 *           another is in both first.
 *        3. What is so already is not written.
 *        4. Nothing is written for a feed that is gone, or wants something else by now.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Cidr, formatCidr, mergeCidrs, parseCidr } from '@margay/netset'
import { type GlobalThreatFeed, type ResourceObject, threatFeedSetName } from '@margay/resources'
import type { StoredObject, WriteOptions } from '@margay/storage'
import type { Environment } from '../environment.ts'
import { decideAndWrite } from '../rest/decide-and-write.ts'
import { bumpGeneration, completeNew } from '../rest/prepare.ts'
import { PullError } from './fetch-list.ts'
import {
  asSet,
  feedKey,
  ownerOf,
  ownerReferenceTo,
  setKey,
  setKeyPrefix,
  setKind,
  versionOf,
} from './kinds.ts'
import { splitNets } from './split-nets.ts'

type Parts = Pick<Environment, 'store' | 'writes' | 'clock' | 'random'>

/** The feed was changed or deleted meanwhile: what was to be written is of no use any more. */
export class FeedChangedError extends Error {
  override readonly name = 'FeedChangedError'
}

export class FeedSets {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Resolves to the number of sets.
   * @throws PullError where somebody else has a set of such a name, FeedChangedError
   */
  async publish(feed: GlobalThreatFeed, nets: readonly Cidr[]): Promise<number> {
    const before = await this.#ownSets(feed)
    const starts = before.flatMap((set) => parse(set.nets.slice(0, 1)))
    await nextTurn()
    const wanted = splitNets(nets, starts).map((piece, index) => ({
      name: threatFeedSetName(feed.metadata.name, index + 1),
      nets: piece.map(formatCidr),
    }))
    await this.#checkFree(feed, wanted)
    if (Math.max(before.length, wanted.length) > 1) await this.#bridge(feed, before, wanted)
    for (const set of wanted) await this.#put(feed, set)
    for (const { name } of before.slice(wanted.length)) await this.#remove(feed, name)
    return wanted.length
  }

  /** New labels at once, and not with the next list. Resolves to the number of sets. @throws FeedChangedError */
  async relabel(feed: GlobalThreatFeed): Promise<number> {
    const sets = await this.#ownSets(feed)
    for (const set of sets) await this.#put(feed, set)
    return sets.length
  }

  /** Changes whenever somebody writes one of them. */
  async versionOf(feed: GlobalThreatFeed): Promise<string> {
    const sets = await this.#ownSets(feed)
    return sets.map(({ name, revision }) => `${name} ${revision}`).join()
  }

  /** Of all feeds that are not there any more. */
  async removeOrphans(): Promise<void> {
    const { store } = this.#parts
    const { objects } = await store.list(setKeyPrefix)
    for (const { key, value } of objects) {
      const owner = ownerOf(value)
      if (owner !== undefined) await this.#removeOrphan(key, owner)
    }
  }

  async hasSets(): Promise<boolean> {
    return (await this.#parts.store.list(setKeyPrefix, { limit: 1 })).objects.length > 0
  }

  /** First what is to be there and what was, in each set that loses something. */
  async #bridge(
    feed: GlobalThreatFeed,
    before: readonly NamedNets[],
    wanted: readonly NamedNets[],
  ): Promise<void> {
    const byName = new Map(before.map(({ name, nets }) => [name, nets]))
    for (const { name, nets } of wanted) {
      const kept = new Set(nets)
      const lost = (byName.get(name) ?? []).filter((net) => !kept.has(net))
      const both = lost.length === 0 ? nets : mergeCidrs(parse([...nets, ...lost])).map(formatCidr)
      await this.#put(feed, { name, nets: both })
    }
  }

  async #ownSets({ metadata }: GlobalThreatFeed): Promise<OwnSet[]> {
    const { objects } = await this.#parts.store.list(setKey(threatFeedSetName(metadata.name)))
    return objects
      .filter(({ value }) => ownerOf(value) === metadata.name)
      .map(ownSet)
      .sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
  }

  async #checkFree({ metadata }: GlobalThreatFeed, sets: readonly NamedNets[]): Promise<void> {
    for (const { name } of sets) {
      const stored = await this.#parts.store.get(setKey(name))
      if (stored !== undefined && ownerOf(stored.value) !== metadata.name) throw taken(name)
    }
  }

  /** Each is some milliseconds of work, and then others have their turn. */
  async #put(feed: GlobalThreatFeed, { name, nets }: NamedNets): Promise<void> {
    const { store } = this.#parts
    await nextTurn()
    await this.#write(feed, async (options) => {
      const stored = await store.get(setKey(name))
      if (stored === undefined) {
        await store.create(setKey(name), this.#newSet(feed, name, nets), options)
        return
      }
      if (ownerOf(stored.value) !== feed.metadata.name) throw taken(name)
      const updated = changed(stored.value, feed, nets)
      if (updated !== stored.value) await store.update(stored.key, updated, stored.revision, options)
    })
  }

  #newSet(feed: GlobalThreatFeed, name: string, nets: readonly string[]): ResourceObject {
    const { random, clock } = this.#parts
    const empty = { apiVersion: setKind.apiVersion, kind: setKind.kind, metadata: { name }, spec: {} }
    return completeNew(withContent(empty, feed, nets), setKind, random.uuid(), clock.now())
  }

  async #remove(feed: GlobalThreatFeed, name: string): Promise<void> {
    const { store } = this.#parts
    await this.#write(feed, async (options) => {
      const stored = await store.get(setKey(name))
      if (stored === undefined || ownerOf(stored.value) !== feed.metadata.name) return
      await store.delete(stored.key, stored.revision, options)
    })
  }

  async #write(feed: GlobalThreatFeed, write: (options: WriteOptions) => Promise<void>): Promise<void> {
    await decideAndWrite(this.#parts, async () => {
      const stored = await this.#parts.store.get(feedKey(feed.metadata.name))
      if (stored === undefined || versionOf(stored.value) !== versionOf(feed)) throw new FeedChangedError()
      await write({ preconditions: [{ key: stored.key, revision: stored.revision }] })
    })
  }

  async #removeOrphan(key: string, owner: string): Promise<void> {
    const { store } = this.#parts
    await decideAndWrite(this.#parts, async () => {
      if ((await store.get(feedKey(owner))) !== undefined) return
      const stored = await store.get(key)
      if (stored === undefined || ownerOf(stored.value) !== owner) return
      await store.delete(key, stored.revision)
    })
  }
}

interface NamedNets {
  readonly name: string
  readonly nets: readonly string[]
}

interface OwnSet extends NamedNets {
  readonly revision: bigint
}

function ownSet({ value, revision }: StoredObject): OwnSet {
  return { name: value.metadata.name, nets: asSet(value).spec?.nets ?? [], revision }
}

function parse(nets: readonly string[]): Cidr[] {
  return nets.map(parseCidr).filter((cidr) => cidr !== undefined)
}

/** The object itself where it is so already. */
function changed(value: ResourceObject, feed: GlobalThreatFeed, nets: readonly string[]): ResourceObject {
  const updated = withContent(value, feed, nets)
  return isDeepStrictEqual(updated, value) ? value : bumpGeneration(value, updated, setKind)
}

function withContent(value: ResourceObject, feed: GlobalThreatFeed, nets: readonly string[]): ResourceObject {
  const { labels: _, ...metadata } = value.metadata
  const labels = feed.spec.globalNetworkSet?.labels ?? {}
  return {
    ...value,
    metadata: {
      ...metadata,
      ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
      ownerReferences: [ownerReferenceTo(feed)],
    },
    spec: { nets },
  }
}

function taken(name: string): PullError {
  return new PullError(
    'SetNameTaken',
    `there is a GlobalNetworkSet ${name} that this feed did not make: delete it, or name the feed otherwise`,
  )
}
