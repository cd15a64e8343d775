/** A clock that stands still until it is told to go on. */
import type { Clock } from '@margay/client'

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

export class FakeClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<Timer>()

  constructor(start = '2026-01-02T03:04:05Z') {
    this.#nowMs = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#nowMs)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Fires what becomes due, in order, and lets what that began go on before the next. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = next.dueMs
      next.callback()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#nowMs = endMs
  }
}
