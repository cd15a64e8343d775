/** A constant stream of new connection attempts: does a denied packet ever get through, does an allowed one ever fail? */
import type { ProbeRequest, ProbeResult } from '../probes/probe-request.ts'

export interface AttemptStreamOptions {
  /** New attempts a second. Default 200. */
  readonly ratePerSecond?: number
  /** No more than these wait at once; beyond it the rate falls. Default 2000. */
  readonly maximumInFlight?: number
  /** Called with each result, in the order in which they are known. */
  readonly onResult?: (result: ProbeResult) => void
}

export interface AttemptCounters {
  readonly attempted: number
  readonly reached: number
  readonly blocked: number
  readonly errors: number
}

const tickMs = 5

export class AttemptStream {
  readonly #probe: () => Promise<ProbeResult>
  readonly #options: Required<Omit<AttemptStreamOptions, 'onResult'>> & Pick<AttemptStreamOptions, 'onResult'>
  readonly #counters = { attempted: 0, reached: 0, blocked: 0, errors: 0 }
  readonly #inFlight = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout
  #lastTick = performance.now()
  #due = 1

  /** `request`: the same each time, or what makes the next one. */
  constructor(
    request: ProbeRequest | (() => ProbeRequest),
    options: AttemptStreamOptions,
    probe: (request: ProbeRequest) => Promise<ProbeResult>,
  ) {
    const next = typeof request === 'function' ? request : () => request
    this.#probe = () => probe(next())
    this.#options = { ratePerSecond: 200, maximumInFlight: 2000, ...options }
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#tick()
  }

  /** As they are now; attempts on their way are counted in `attempted` only. */
  get counters(): AttemptCounters {
    return { ...this.#counters }
  }

  /** Stops, waits for the attempts on their way (at most their timeout), and returns the final counters. */
  async close(): Promise<AttemptCounters> {
    clearInterval(this.#timer)
    await Promise.all(this.#inFlight)
    return this.counters
  }

  /** After a pause of the event loop at most a tenth of a second's attempts are made up for. */
  #tick(): void {
    const now = performance.now()
    const { ratePerSecond, maximumInFlight } = this.#options
    this.#due += (Math.min(now - this.#lastTick, 100) * ratePerSecond) / 1000
    this.#lastTick = now
    for (; this.#due >= 1; this.#due--) {
      if (this.#inFlight.size < maximumInFlight) this.#attempt()
    }
  }

  #attempt(): void {
    this.#counters.attempted++
    const attempt = this.#probe().then((result) => {
      this.#inFlight.delete(attempt)
      this.#counters[result.outcome === 'error' ? 'errors' : result.outcome]++
      this.#options.onResult?.(result)
    })
    this.#inFlight.add(attempt)
  }
}
