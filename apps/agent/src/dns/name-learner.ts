/**
 * Learns which addresses names have from the answers of trusted servers, while the kernel holds these: an answer goes on to whoever asked
 * only when the kernel knows its addresses. So the first packet passes, too.
 *
 * Whatever happens here, DNS goes on: what can't be read is delivered and not learnt, and without an agent the kernel lets everything by.
 * The agent's own thread does it, one batch for all that waits: nobody else writes to the tables of policy.
 */
import type { Clock } from '@margay/client'
import type { QueuedPacket } from '@margay/netlink'
import type { Ip } from '@margay/netset'
import { addressKey, type DnsSettings, type NamedAddress } from '@margay/policy'
import type { JournalEntry } from './cache/answer-journal.ts'
import type { NameCache } from './cache/name-cache.ts'
import type { CacheKeeper } from './cache-keeper.ts'
import type { DnsHold } from './dns-hold.ts'
import type { DnsObserver } from './dns-observer.ts'
import type { TrustedServer } from './trusted-servers.ts'

/** A TTL below this many seconds counts as this: programs connect a little later than they ask. */
export const ttlFloorSeconds = 10
/** What ends at nearly the same time is forgotten together. */
const leastExpiryMs = 50
/** After so many times as long as it took the last time, answers do not wait for it. */
const mostOfExpiry = 10
/** It is looked at again then: timers take no longer times. */
const mostExpiryMs = 3_600_000
const retryAfterMs = 1000

/** Which names policy of this node asks about. */
export interface AskedNames {
  /** Another text when others are asked about; empty: none are. */
  readonly text: string
  isAsked(name: string): boolean
  /** Is all that these names say of the address known of it, by whatever names? */
  isSaid(named: NamedAddress): boolean
}

export interface NameLearnerOptions {
  readonly cache: NameCache
  readonly observer: Pick<DnsObserver, 'observe'>
  readonly hold: Pick<DnsHold, 'want' | 'questions' | 'accept' | 'close'>
  readonly keeper: Pick<CacheKeeper, 'note' | 'saveSeconds'>
  /** Tells policy, and returns when the kernel has it. Throws what went wrong there. */
  readonly learn: (changes: readonly NamedAddress[]) => void
  readonly clock: Clock
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

export interface DesiredNames {
  readonly settings: DnsSettings
  readonly servers: readonly TrustedServer[]
  /** What names of pods' interfaces begin with. */
  readonly interfacePrefixes: readonly string[]
  readonly asked: AskedNames
}

export class NameLearner {
  readonly #options: NameLearnerOptions
  #desired: DesiredNames | undefined
  /** Not before, after what took long. */
  #restMs = 0
  /** What goes wrong now, by what could not be done. */
  readonly #failures = new Map<'hold' | 'learn', string>()
  #untaught = 0
  /** Of which a name may have gone while others of it made no difference: they are looked at soon, all at once. */
  readonly #doubtful = new Map<string, Ip>()
  #expiry: { readonly atMs: number; readonly cancel: () => void } | undefined
  #cancelRetry: () => void = () => undefined

  constructor(options: NameLearnerOptions) {
    this.#options = options
  }

  /** What is wrong, a line for each. */
  get problems(): readonly string[] {
    const settings = this.#desired?.settings.problems ?? []
    return [...settings, ...this.#failures.values()]
  }

  /** How often the kernel could not be told: what was learnt then is told with the next change of policy. */
  get untaught(): number {
    return this.#untaught
  }

  /** Policy took in what changed, and is in force. */
  desire(desired: DesiredNames): void {
    const before = this.#desired
    this.#desired = desired
    const { settings, asked } = desired
    const { cache } = this.#options
    this.#options.keeper.saveSeconds = settings.cacheSaveSeconds
    if (before !== undefined && before.settings.cacheEpoch !== settings.cacheEpoch) this.#tell(cache.flush())
    if (before?.settings.extraTtlSeconds !== settings.extraTtlSeconds)
      cache.setLifetimes({ floorSeconds: ttlFloorSeconds, extraSeconds: settings.extraTtlSeconds })
    if (before?.asked.text !== asked.text) {
      cache.setMatters((name) => asked.isAsked(name))
      this.#tell([...cache.addresses()])
    }
    this.#holdDns()
    this.#expireLater()
  }

  /** Packets that the kernel holds, in the order in which they came. They go on, whatever happens. */
  take(packets: readonly QueuedPacket[]): void {
    const { cache, hold, observer, keeper } = this.#options
    const isDelayed = this.#desired?.settings.mode !== 'NoDelay'
    if (!isDelayed) hold.accept(packets)
    try {
      const goneBefore = cache.counts['older-gone']
      const questions = hold.questions()
      const { kinds, changed, learnt } = observer.observe([...questions, ...packets], this.#nowMs)
      // Whoever asks waits for nothing but the answer.
      const isAnswer = (index: number) => kinds[questions.length + index] === 'answer'
      if (isDelayed && learnt.length > 0) hold.accept(packets.filter((_, index) => !isAnswer(index)))
      const news = this.#news(changed, learnt)
      if (cache.counts['older-gone'] !== goneBefore) this.#doubt(changed, news)
      this.#tell(news)
      keeper.note(learnt)
      this.#expireLater()
    } finally {
      if (isDelayed) hold.accept(packets)
    }
  }

  /** DNS goes on without; what the kernel knows stays. */
  stop(): void {
    this.#expiry?.cancel()
    this.#cancelRetry()
    this.#options.hold.close()
  }

  /** Where nobody asks about names, DNS is let be. */
  #holdDns(): void {
    if (this.#desired === undefined) return
    const { settings, servers, interfacePrefixes, asked } = this.#desired
    const { queueNumber: number, queueSize: maxLength } = settings
    const isWanted = asked.text !== '' && servers.length > 0
    this.#cancelRetry()
    try {
      this.#options.hold.want(isWanted ? { number, maxLength, servers, interfacePrefixes } : undefined)
      this.#failures.delete('hold')
    } catch (error) {
      this.#failed('hold', `answers of DNS can't be followed: ${messageOf(error)}`)
      this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#holdDns())
    }
  }

  #tell(changed: readonly Ip[]): void {
    if (changed.length === 0) return
    const { cache, learn } = this.#options
    try {
      learn(changed.map((address) => ({ address, names: cache.namesOf(address) })))
      this.#failures.delete('learn')
    } catch (error) {
      this.#untaught++
      this.#failed('learn', `the kernel does not learn what names are: ${messageOf(error)}`)
    }
  }

  /**
   * Of the addresses that answers have, those that the kernel does not lead to the right class already. Many names may have one address, as at
   * a CDN: to look at all of them with each that comes would take ever longer.
   */
  #news(changed: readonly Ip[], learnt: readonly JournalEntry[]): readonly Ip[] {
    const { asked } = this.#desired ?? {}
    if (asked === undefined || changed.length === 0) return changed
    const records = learnt.flatMap(({ answer }) => answer.addresses)
    const answered = new Set(records.map(({ address }) => addressKey(address)))
    const names = this.#options.cache.namesAbove(records.map(({ name }) => name))
    return changed.filter(
      (address) => !(answered.has(addressKey(address)) && asked.isSaid({ address, names })),
    )
  }

  #doubt(changed: readonly Ip[], told: readonly Ip[]): void {
    for (const address of changed)
      if (!told.includes(address)) this.#doubtful.set(addressKey(address), address)
  }

  #failed(what: 'hold' | 'learn', line: string): void {
    if (line !== this.#failures.get(what)) this.#options.log(line)
    this.#failures.set(what, line)
  }

  #expireLater(): void {
    const { cache, clock } = this.#options
    const next = this.#doubtful.size > 0 ? 0 : cache.nextExpiryMs
    if (next === undefined || (this.#expiry !== undefined && this.#expiry.atMs <= next)) return
    this.#expiry?.cancel()
    const inMs = Math.min(Math.max(leastExpiryMs, this.#restMs, next - this.#nowMs), mostExpiryMs)
    this.#expiry = { atMs: next, cancel: clock.after(inMs, () => this.#expire()) }
  }

  #expire(): void {
    this.#expiry = undefined
    const startMs = this.#nowMs
    const doubtful = [...this.#doubtful.values()]
    this.#doubtful.clear()
    this.#tell([...this.#options.cache.expire(startMs), ...doubtful])
    this.#restMs = mostOfExpiry * (this.#nowMs - startMs)
    this.#expireLater()
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
