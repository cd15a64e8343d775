/** Latencies of millions of events in a few kilobytes: counted by the millisecond, up to two minutes. */
const bucketCount = 120_000

export class LatencyHistogram {
  readonly #buckets = new Map<number, number>()
  #count = 0

  /** Milliseconds, rounded up; what is above the last bucket counts in it. */
  add(milliseconds: number, times = 1): void {
    const bucket = Math.min(bucketCount, Math.max(0, Math.ceil(milliseconds)))
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + times)
    this.#count += times
  }

  get count(): number {
    return this.#count
  }

  /** The smallest bucket that at least `percent` of all don't exceed (nearest rank). @throws RangeError when there are none */
  percentile(percent: number): number {
    let left = Math.max(1, Math.ceil((percent / 100) * this.#count))
    for (const [bucket, times] of this.entries()) {
      left -= times
      if (left <= 0) return bucket
    }
    throw new RangeError('there is no percentile of no samples')
  }

  /** Milliseconds and how often, in rising order: to be sent to another process. */
  entries(): (readonly [number, number])[] {
    return [...this.#buckets].sort(([a], [b]) => a - b)
  }
}
