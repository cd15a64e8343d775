/** Keeps what is known of names over a restart: all of it in a file now and then, and in a journal what came since. */
import type { Clock } from '@margay/client'
import type { Ip } from '@margay/netset'
import type { NamedAddress } from '@margay/policy'
import type { AnswerJournal, JournalEntry } from './cache/answer-journal.ts'
import type { CacheFile } from './cache/cache-file.ts'
import { formatCache } from './cache/cache-text.ts'
import type { Lifetimes } from './cache/lifetimes.ts'
import { NameCache } from './cache/name-cache.ts'

export interface CacheKeeperOptions {
  readonly cache: NameCache
  readonly file: Pick<CacheFile, 'load' | 'save'>
  readonly journal: AnswerJournal
  readonly clock: Clock
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

/** Until settings are known: what they say is asked of what is known then. */
export const unknownLifetimes: Lifetimes = { floorSeconds: 0, extraSeconds: 86_400 }

/** A longer journal is written down before its time. */
const longestJournal = 16 * 1024 * 1024

export class CacheKeeper {
  readonly #options: CacheKeeperOptions
  #saveSeconds = 60
  #cancel: (() => void) | undefined
  #saving: Promise<void> | undefined
  #isStopped = false
  #failure: string | undefined

  constructor(options: CacheKeeperOptions) {
    this.#options = options
  }

  /** What an earlier run knew, as the cache knows it now: nothing that is held by the kernel is taken from it sooner than within a minute. */
  async restore(): Promise<NamedAddress[]> {
    const { cache, file, journal, log } = this.#options
    const { saved, problem } = await file.load()
    if (problem !== undefined) log(problem)
    const earlier = new NameCache({ lifetimes: unknownLifetimes })
    let lastMs = saved?.savedMs ?? 0
    if (saved !== undefined) earlier.restore(saved.entries, saved.savedMs, saved.savedMs)
    for (const { answer, origin, atMs } of journal.read()) {
      earlier.learn(answer, origin, atMs)
      lastMs = Math.max(lastMs, atMs)
    }
    const addresses: Ip[] = cache.restore(earlier.entries(), lastMs, this.#nowMs)
    return addresses.map((address) => ({ address, names: cache.namesOf(address) }))
  }

  /** Between two times that all is written down, in seconds. */
  set saveSeconds(seconds: number) {
    this.#saveSeconds = seconds
  }

  note(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return
    this.#attempt(() => this.#options.journal.append(entries))
    const isLong = this.#options.journal.bytes > longestJournal
    if (isLong) void this.save()
    else this.#cancel ??= this.#options.clock.after(this.#saveSeconds * 1000, () => void this.save())
  }

  /** All that is known now. What fails is told once, and tried again with the next answers. */
  save(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#saving ??= this.#saveOnce().finally(() => {
      this.#saving = undefined
    })
    return this.#saving
  }

  /** The last time, with what came while it was written. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    await this.#saving
    await this.save()
    this.#options.journal.close()
  }

  async #saveOnce(): Promise<void> {
    const { cache, file, journal } = this.#options
    try {
      journal.begin()
      await file.save(formatCache(cache.entries(), this.#nowMs))
      journal.forgetOld()
      this.#failure = undefined
    } catch (error) {
      this.#failed(error)
    }
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const line = `what is known of names is not kept: ${error instanceof Error ? error.message : String(error)}`
    if (line !== this.#failure) this.#options.log(line)
    this.#failure = line
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime()
  }
}
