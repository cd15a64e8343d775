/**
 * One write at a time, in order of arrival, so that those of one server are not in each other's way. That a write is right does not
 * rest on this: see decide-and-write.ts. Costs nothing beyond the store's own serial commits.
 */
export class WriteLock {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }
}
