/** Tells how long each answer took. */
import type { Answer, Check, Checker } from '../check/check.ts'

export class MeteredChecker implements Checker {
  readonly #checker: Checker
  readonly #took: (seconds: number) => void
  readonly #nowMs: () => number

  /** `nowMs` never goes back. */
  constructor(checker: Checker, took: (seconds: number) => void, nowMs: () => number) {
    this.#checker = checker
    this.#took = took
    this.#nowMs = nowMs
  }

  get isReady(): boolean {
    return this.#checker.isReady
  }

  check(check: Check): Answer {
    const startMs = this.#nowMs()
    const answer = this.#checker.check(check)
    this.#took((this.#nowMs() - startMs) / 1000)
    return answer
  }
}
