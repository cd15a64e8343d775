/**
 * One write at a time, in order of arrival: what a write checks (its namespace exists, its tier is not being deleted)
 * still holds when it is stored. Costs nothing beyond the store's own serial commits.
 */
export class WriteLock {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }
}
