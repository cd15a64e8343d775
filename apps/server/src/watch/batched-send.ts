/**
 * Pieces of a stream that come together leave together: under load one write to a connection carries many events.
 *
 * A client that does not take what it was sent within `patienceMs` is given up: it can list and watch again.
 */
import type { Clock } from '../environment.ts'
import type { Send } from '../http/message.ts'

/** Above it, whoever sends has to wait until the client caught up. Characters. */
const highWater = 256 * 1024

export class SlowClientError extends Error {
  override readonly name = 'SlowClientError'
}

export class BatchedSend {
  readonly #send: Send
  readonly #clock: Pick<Clock, 'after'>
  readonly #patienceMs: number
  #pieces: string[] = []
  #size = 0
  #flushing: Promise<void> | undefined
  #error: unknown

  constructor(send: Send, clock: Pick<Clock, 'after'>, patienceMs: number) {
    this.#send = send
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** Resolves at once while the client keeps up. @throws SlowClientError */
  async push(piece: string): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    this.#pieces.push(piece)
    this.#size += piece.length
    this.#flushing ??= this.#flush()
    if (this.#size > highWater) await this.drained()
  }

  /** Resolves when all is with the client. @throws SlowClientError */
  async drained(): Promise<void> {
    await this.#flushing
    if (this.#error !== undefined) throw this.#error
  }

  async #flush(): Promise<void> {
    // What is pushed in this turn of the event loop goes with it.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#pieces.length > 0) {
        const text = this.#pieces.join('')
        this.#pieces = []
        this.#size = 0
        await this.#withPatience(this.#send(text))
      }
    } catch (error) {
      this.#error = error
    } finally {
      this.#flushing = undefined
    }
  }

  async #withPatience(sent: Promise<void>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<void>()
    const seconds = this.#patienceMs / 1000
    const cancel = this.#clock.after(this.#patienceMs, () =>
      reject(new SlowClientError(`a watcher took nothing for ${seconds} s`)),
    )
    await Promise.race([sent, promise]).finally(cancel)
  }
}
