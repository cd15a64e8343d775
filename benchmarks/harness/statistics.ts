/**
 * The smallest sample that at least `percent` of all samples don't exceed (nearest rank), so it is always one that was
 * measured. `percent` is above 0 and at most 100. @throws RangeError without samples
 */
export function percentile(samples: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * samples.length))
  const sample = samples.toSorted((a, b) => a - b)[rank - 1]
  if (sample === undefined) throw new RangeError('there is no percentile of no samples')
  return sample
}

/** The middle one; of an even number the mean of the two in the middle. @throws RangeError without samples */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of no samples')
  return (lower + upper) / 2
}

/** `p50_ms` and `p99_ms` of durations in milliseconds, with a prefix where one is given. */
export function latencies(milliseconds: readonly number[], prefix = ''): Record<string, number> {
  return {
    [`${prefix}p50_ms`]: percentile(milliseconds, 50),
    [`${prefix}p99_ms`]: percentile(milliseconds, 99),
  }
}
