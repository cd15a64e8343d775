/** A clock that stands still until it is told to go on. */
import type { Clock } from '../environment.ts'

interface Timer {
  readonly due: number
  readonly callback: () => void
}

export class TestClock implements Clock {
  #now: number
  readonly #timers = new Set<Timer>()

  constructor(start = '2026-01-02T03:04:05Z') {
    this.#now = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#now)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Fires what becomes due, in order, also what is set on the way. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = next.due
      next.callback()
    }
    this.#now = end
  }
}
