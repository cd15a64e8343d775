/**
 * The private key of one tunnel: kept so that it outlives processes, and made anew when there is a reason. A key is kept before anybody
 * uses it.
 */
import type { Clock } from '@margay/client'
import { PrivateKey } from '@margay/netlink'
import type { IpVersion } from '@margay/netset'
import type { KeyStore, StoredKey } from './key-store.ts'

export interface TunnelKeysOptions {
  readonly version: IpVersion
  readonly keys: KeyStore
  readonly clock: Clock
  /** Gives so many unpredictable bytes. */
  readonly random: (count: number) => Uint8Array
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** The key has become too old. */
  readonly onDue: () => void
}

/** How old keys become; see `EncryptionSettings`. */
export interface KeyAge {
  /** 0: as old as they like. */
  readonly rotationSeconds: number
  /** Keys from before are made anew; undefined: none. */
  readonly notBefore: Date | undefined
}

/** A clock that stood so far behind when the key was used last makes peers refuse handshakes: they have seen later times. */
const mostBehindMs = 2000
/** Beyond what a timer can wait, it looks again. */
const longestTimerMs = 86_400_000

export class TunnelKeys {
  readonly #options: TunnelKeysOptions
  #stored: StoredKey | undefined
  #notes: readonly string[] = []
  #cancelRotation: () => void = () => undefined

  constructor(options: TunnelKeysOptions) {
    this.#options = options
  }

  get madeAt(): Date | undefined {
    return this.#stored?.madeAt
  }

  /** What was wrong with the last one, a line for each. */
  get notes(): readonly string[] {
    return this.#notes
  }

  /**
   * The one that there is, unless there is a reason for another one. `failure`: that one can't be kept, so the old one goes on; else peers
   * that come and go would wait until the disk has room. @throws what the store does
   */
  async current(age: KeyAge): Promise<{ readonly key: StoredKey; readonly failure?: unknown }> {
    this.#stored ??= await this.#options.keys.load(this.#options.version)
    const old = this.#stored
    const reason = old === undefined ? 'there is none' : this.#whyAnew(old, age)
    try {
      const key = old === undefined || reason !== undefined ? await this.#keepNew(`${reason}`) : old
      this.#rotateLater(key, age)
      return { key }
    } catch (failure) {
      if (old === undefined) throw failure
      return { key: old, failure }
    }
  }

  /** Is there one from before? @throws what the store does */
  async isKept(): Promise<boolean> {
    return (await this.#options.keys.load(this.#options.version)) !== undefined
  }

  /** @throws what the store does */
  async forget(): Promise<void> {
    await this.#options.keys.forget(this.#options.version)
    this.#stored = undefined
  }

  /** It gets no older than it is asked for. */
  stop(): void {
    this.#cancelRotation()
  }

  async #keepNew(reason: string): Promise<StoredKey> {
    const { keys, version, random, clock, log } = this.#options
    const made = { key: PrivateKey.generate(random), madeAt: clock.now() }
    await keys.save(version, made)
    this.#stored = made
    log(`encryption over IPv${version}: a new key is made, since ${reason}`)
    return made
  }

  #whyAnew({ madeAt, doubt }: StoredKey, { rotationSeconds, notBefore }: KeyAge): string | undefined {
    const nowMs = this.#options.clock.now().getTime()
    const ageMs = nowMs - madeAt.getTime()
    this.#notes = []
    if (doubt !== undefined) return doubt
    if (ageMs < -mostBehindMs) return this.#clockWentBack(-ageMs)
    if (rotationSeconds > 0 && ageMs >= rotationSeconds * 1000)
      return `it is ${Math.floor(ageMs / 1000)} s old`
    const isAskedFor = notBefore !== undefined && madeAt < notBefore && notBefore.getTime() <= nowMs
    return isAskedFor ? 'that was asked for' : undefined
  }

  /** With a new key peers begin to count anew. */
  #clockWentBack(behindMs: number): string {
    const line = `this node's clock is ${Math.round(behindMs / 1000)} s behind the time when its key was made`
    this.#notes = [line]
    return `${line}: peers would refuse its handshakes`
  }

  #rotateLater({ madeAt }: StoredKey, { rotationSeconds, notBefore }: KeyAge): void {
    const { clock, onDue } = this.#options
    this.#cancelRotation()
    const times = [
      ...(rotationSeconds === 0 ? [] : [madeAt.getTime() + rotationSeconds * 1000]),
      // Whoever asks may have a clock that is ahead.
      ...(notBefore === undefined || notBefore <= madeAt ? [] : [notBefore.getTime()]),
    ]
    if (times.length === 0) return
    const dueMs = Math.max(0, Math.min(...times) - clock.now().getTime())
    this.#cancelRotation = clock.after(Math.min(dueMs, longestTimerMs), onDue)
  }
}
