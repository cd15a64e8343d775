/** A clock that stands still until it is told to go on. */
import type { Clock } from '../informer/clock.ts'

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

export class TestClock implements Clock {
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

  /** Milliseconds until each timer that is set, shortest first. */
  get pending(): number[] {
    return [...this.#timers].map(({ dueMs }) => dueMs - this.#nowMs).sort((a, b) => a - b)
  }

  advance(ms: number): void {
    this.#nowMs += ms
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= this.#nowMs)
    for (const timer of due) {
      this.#timers.delete(timer)
      timer.callback()
    }
  }
}
