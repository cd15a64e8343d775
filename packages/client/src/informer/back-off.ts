/** How long to wait before trying again: doubling, with jitter, so that many clients do not come back at once. */
export interface BackOffLimits {
  /** Milliseconds before the first retry, at most; half of it at least. */
  readonly initialMs: number
  readonly maxMs: number
}

export class BackOff {
  readonly #limits: BackOffLimits
  readonly #random: () => number
  #failures = 0

  /** `random` gives numbers from 0 to below 1. */
  constructor(limits: BackOffLimits, random: () => number) {
    this.#limits = limits
    this.#random = random
  }

  get failures(): number {
    return this.#failures
  }

  /** Counts a failure. Between half of the step and the whole of it, in milliseconds. */
  next(): number {
    const { initialMs, maxMs } = this.#limits
    const step = Math.min(maxMs, initialMs * 2 ** Math.min(this.#failures, 30))
    this.#failures += 1
    return Math.round((step * (1 + this.#random())) / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}
