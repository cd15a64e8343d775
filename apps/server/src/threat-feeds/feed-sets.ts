/**
 * The GlobalNetworkSets of a feed, as the store has them.
 *
 * Holds  1. A set that a feed did not make is never changed or removed.
 *        2. What is listed before and after is in one of the sets at each moment in between: an address that moves from one set to
 *           another is in both first.
 *        3. What is so already is not written.
 *        4. Nothing is written for a feed that is gone, or wants something else by now.
 */
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
    const pieces = splitNets(
      nets,
      before.flatMap((set) => set.nets.slice(0, 1)),
    )
    const wanted = pieces.map((piece, index) => ({
      name: threatFeedSetName(feed.metadata.name, index + 1),
      nets: piece,
    }))
    await this.#checkFree(
      feed,
      wanted.map(({ name }) => name),
    )
    if (Math.max(before.length, wanted.length) > 1) await this.#bridge(feed, before, wanted)
    for (const { name, nets: piece } of wanted) await this.#put(feed, name, piece)
    for (const { name } of before.slice(wanted.length)) await this.#remove(feed, name)
    return wanted.length
  }

  /** New labels at once, and not with the next list. Resolves to the number of sets. @throws FeedChangedError */
  async relabel(feed: GlobalThreatFeed): Promise<number> {
    const sets = await this.#ownSets(feed)
    for (const { name, nets } of sets) await this.#put(feed, name, nets)
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
    before: readonly OwnSet[],
    wanted: readonly NamedNets[],
  ): Promise<void> {
    const byName = new Map(before.map(({ name, nets }) => [name, nets]))
    for (const { name, nets } of wanted) {
      const old = byName.get(name) ?? []
      await this.#put(feed, name, old.length === 0 ? nets : mergeCidrs([...old, ...nets]))
    }
  }

  async #ownSets({ metadata }: GlobalThreatFeed): Promise<OwnSet[]> {
    const { objects } = await this.#parts.store.list(setKey(threatFeedSetName(metadata.name)))
    return objects
      .filter(({ value }) => ownerOf(value) === metadata.name)
      .map(ownSet)
      .sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
  }

  async #checkFree({ metadata }: GlobalThreatFeed, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const stored = await this.#parts.store.get(setKey(name))
      if (stored !== undefined && ownerOf(stored.value) !== metadata.name) throw taken(name)
    }
  }

  async #put(feed: GlobalThreatFeed, name: string, nets: readonly Cidr[]): Promise<void> {
    const { store } = this.#parts
    const texts = nets.map(formatCidr)
    await this.#write(feed, async (options) => {
      const stored = await store.get(setKey(name))
      if (stored === undefined) {
        await store.create(setKey(name), this.#newSet(feed, name, texts), options)
        return
      }
      if (ownerOf(stored.value) !== feed.metadata.name) throw taken(name)
      const updated = changed(stored.value, feed, texts)
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
  readonly nets: readonly Cidr[]
}

interface OwnSet extends NamedNets {
  readonly revision: bigint
}

function ownSet({ value, revision }: StoredObject): OwnSet {
  const nets = (asSet(value).spec?.nets ?? []).flatMap((text) => parseCidr(text) ?? [])
  return { name: value.metadata.name, nets, revision }
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
