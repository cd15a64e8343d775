/**
 * What a node knows of names outside of the cluster, from answers of DNS.
 *
 * Input   Answers that were verified (`DnsObserver`), and the time: milliseconds since 1970, as all times here.
 * Output  Names by address; whose names changed, so that the kernel is told of those alone.
 * Holds   1. A record is known for its TTL, floor and extra time, from the last answer that had it on; what an answer leaves out stays.
 *         2. A name has the addresses of its records and of all names to which its aliases lead; circles do no harm.
 *         3. Memory is bounded, and no flood of names pushes out what policy names and others need: `RecordStore`.
 * Cost    O(records of an answer) for one that tells nothing new; for what is new, the names and addresses that it leads to.
 */
import type { Ip } from '@margay/netset'
import type { AnswerOrigin, DnsAnswer } from '../message/dns-answer.ts'
import { type CacheEntry, entryOf, inOrder } from './cache-entry.ts'
import { addressKey } from './known.ts'
import { endOf, type Lifetimes, maxTtlSeconds, type Told, toldAgain } from './lifetimes.ts'
import type { Matters } from './name-graph.ts'
import { type CacheCount, type CacheLimits, RecordStore } from './record-store.ts'

export interface NameCacheOptions {
  readonly lifetimes: Lifetimes
  /** Does policy of this node name it? Without: every name matters. */
  readonly matters?: Matters
  readonly limits?: Partial<CacheLimits>
}

export const defaultCacheLimits: CacheLimits = {
  records: 32_000,
  addressesOfName: 1000,
  targetsOfName: 32,
  idleAliasesOfName: 100,
}

/** After a start nothing that was known ends sooner: somebody may hold answers that came while nobody looked. */
export const graceSeconds = 60

export class NameCache {
  readonly #store: RecordStore
  #lifetimes: Lifetimes
  #answers = 0

  constructor({ lifetimes, matters = () => true, limits }: NameCacheOptions) {
    this.#lifetimes = lifetimes
    this.#store = new RecordStore(lifetimes, matters, { ...defaultCacheLimits, ...limits })
  }

  /** How many addresses and aliases are known. */
  get size(): number {
    return this.#store.size
  }

  /** Records since the start that were not learnt, or made room for others. */
  get counts(): Readonly<Record<CacheCount, number>> {
    return this.#store.counts
  }

  /** When `expire` has something to do; undefined: never. */
  get nextExpiryMs(): number | undefined {
    return this.#store.queue.first()?.untilMs
  }

  /**
   * The addresses whose names changed, each once. Where what is new does not matter they may be left out: for policy nothing changed.
   * Where older records made room there may be one too many.
   */
  learn({ question, aliases, addresses }: DnsAnswer, origin: AnswerOrigin, nowMs: number): Ip[] {
    const changed = new Map<string, Ip>()
    const about = { source: { ...origin, question }, answer: ++this.#answers, heldUntilMs: 0 }
    const told = (ttlSeconds: number) => (before?: Told) => toldAgain(before, ttlSeconds, nowMs)
    const note = noteIn(changed)
    // Aliases first: what they lead to matters with them.
    for (const { name, target, ttlSeconds } of aliases)
      this.#store.tell({ fact: { kind: 'alias', name, target }, told: told(ttlSeconds), ...about }, note)
    for (const { name, address, ttlSeconds } of addresses)
      this.#store.tell({ fact: { kind: 'address', name, address }, told: told(ttlSeconds), ...about }, note)
    return [...changed.values()]
  }

  /** Forgets all whose time is over: until then it is known. As `learn`, the addresses whose names changed. */
  expire(nowMs: number): Ip[] {
    const changed = new Map<string, Ip>()
    const { queue } = this.#store
    for (let first = queue.first(); first !== undefined && first.untilMs <= nowMs; first = queue.first())
      this.#store.drop(first, noteIn(changed))
    return [...changed.values()]
  }

  /** Canonical, ascending, each once; none for an address that is not known. */
  namesOf(address: Ip): string[] {
    return this.#store.graph.namesOf(addressKey(address))
  }

  /** These, and all names whose aliases lead to one of them, in no order. */
  namesAbove(names: Iterable<string>): string[] {
    return this.#store.graph.namesAbove(names)
  }

  /** All that have a name, in no order. */
  addresses(): Iterable<Ip> {
    return this.#store.graph.addresses()
  }

  /** Counts for what is known too; what ends by it is forgotten when `expire` is called next. */
  setLifetimes(lifetimes: Lifetimes): void {
    this.#lifetimes = lifetimes
    this.#store.setLifetimes(lifetimes)
  }

  /** Policy names something else now: any of `addresses` may mean something else by it. Cost: O(all), so for a real change alone. */
  setMatters(matters: Matters): void {
    this.#store.graph.reconsider(matters)
  }

  /** Forgets everything. All addresses that had names. */
  flush(): Ip[] {
    const addresses = [...this.addresses()]
    for (const record of [...this.#store.records()]) this.#store.drop(record, () => {})
    return addresses
  }

  /** By name, then aliases before addresses. */
  entries(): CacheEntry[] {
    return [...this.eachEntry()].sort(inOrder)
  }

  /** As `entries`, in no order and one by one: something may be learnt in between. */
  *eachEntry(): Generator<CacheEntry> {
    for (const record of this.#store.records()) yield entryOf(record)
  }

  /**
   * What an earlier run knew, as `entries` gave it at `savedMs`. What ended since, or ends soon, is held for `graceSeconds`; what was
   * held only by that, then, is not taken again. As `learn`, the addresses whose names changed.
   */
  restore(entries: readonly CacheEntry[], savedMs: number, nowMs: number): Ip[] {
    const changed = new Map<string, Ip>()
    const answer = ++this.#answers
    const heldUntilMs = nowMs + graceSeconds * 1000
    for (const entry of entries) {
      if (endOf(entry.told, this.#lifetimes) <= savedMs) continue
      const told = toldBefore(entry.told, nowMs)
      const saying = { fact: entry, source: entry.source, answer, heldUntilMs }
      this.#store.tell({ ...saying, told: (since) => latest(told, since) }, noteIn(changed))
    }
    return [...changed.values()]
  }
}

function noteIn(changed: Map<string, Ip>): (address: Ip) => void {
  return (address) => changed.set(addressKey(address), address)
}

/** Clocks may have been set back since: nothing was told in the future, and nothing holds for longer than if it were told now. */
function toldBefore({ lastMs, ttlEndMs }: Told, nowMs: number): Told {
  return { lastMs: Math.min(lastMs, nowMs), ttlEndMs: Math.min(ttlEndMs, nowMs + maxTtlSeconds * 1000) }
}

function latest(told: Told, since: Told | undefined): Told {
  if (since === undefined) return told
  return {
    lastMs: Math.max(told.lastMs, since.lastMs),
    ttlEndMs: Math.max(told.ttlEndMs, since.ttlEndMs),
  }
}
