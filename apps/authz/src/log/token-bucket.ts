/** How often something may happen: so many at once, and so many a second after that. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export class TokenBucket {
  readonly #rate: Rate
  readonly #now: () => Date
  #tokens: number
  #atMs: number

  constructor(rate: Rate, now: () => Date) {
    this.#rate = rate
    this.#now = now
    this.#tokens = rate.burst
    this.#atMs = now().getTime()
  }

  /** False: not now. A clock that was set back gives nothing, and takes nothing away. */
  take(): boolean {
    const nowMs = this.#now().getTime()
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#rate.perSecond
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained)
    this.#atMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
