/** Something that lives in a pod's namespace, and is made again when the pod has come again. */
import { setTimeout } from 'node:timers'

const againAfterMs = 50

export class Renewed<T> {
  readonly #make: () => T
  readonly #close: (value: T) => void
  #value: T | undefined
  #isWaiting = false

  /** Made at once. */
  constructor(make: () => T, close: (value: T) => void) {
    this.#make = make
    this.#close = close
    this.#value = make()
  }

  /** Undefined while the pod is gone: what fails is taken for that, and tried anew a little later. */
  use<Result>(work: (value: T) => Result): Result | undefined {
    try {
      if (this.#isWaiting) return undefined
      this.#value ??= this.#make()
      return work(this.#value)
    } catch {
      this.#giveUp()
      return undefined
    }
  }

  #giveUp(): void {
    if (this.#value !== undefined) this.#close(this.#value)
    this.#value = undefined
    this.#isWaiting = true
    setTimeout(() => {
      this.#isWaiting = false
    }, againAfterMs)
  }
}
