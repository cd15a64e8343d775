/**
 * Wakes all who follow a log, in rounds: after each, as much time is left for everything else as the round took.
 *
 * With few followers a round takes no time, and each change is told at once. With thousands, changes that come while others
 * are still being told go together in the next round: to tell somebody of three costs hardly more than to tell of one.
 */

/** Time, as rounds need it; milliseconds. */
export interface Pace {
  now(): number
  /** Calls back once what this turn of the event loop brought about is done, and what that has sent is sent. */
  afterThisRound(callback: () => void): void
  after(milliseconds: number, callback: () => void): void
}

/** However long a round took, the next one begins after so long at the latest. */
const longestRestMs = 250
/** A shorter rest is none: timers are no finer. */
const shortestRestMs = 1

export class WakeUps {
  readonly #pace: Pace
  readonly #listeners = new Set<() => void>()
  #isBusy = false
  /** Something happened that the last round has not told. */
  #isDue = false

  constructor(pace: Pace = realPace) {
    this.#pace = pace
  }

  /** The listener is called in each round, and must not throw. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Everybody is woken: now, or when the rest after the last round is over. */
  wake(): void {
    if (this.#isBusy) this.#isDue = true
    else this.#round()
  }

  #round(): void {
    this.#isBusy = true
    const begin = this.#pace.now()
    for (const listener of [...this.#listeners]) listener()
    this.#pace.afterThisRound(() => this.#rest(this.#pace.now() - begin))
  }

  #rest(tookMs: number): void {
    if (tookMs < shortestRestMs) this.#rested()
    else this.#pace.after(Math.min(tookMs, longestRestMs), () => this.#rested())
  }

  #rested(): void {
    this.#isBusy = false
    if (!this.#isDue) return
    this.#isDue = false
    this.#round()
  }
}

/** Who is woken goes on in this turn, and sends at its end; in the next one that is done. */
const realPace: Pace = {
  now: () => performance.now(),
  afterThisRound: (callback) => setImmediate(() => setImmediate(callback)),
  after: (milliseconds, callback) => void setTimeout(callback, milliseconds).unref(),
}
