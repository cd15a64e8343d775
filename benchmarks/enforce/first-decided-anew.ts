/** From a stream of probes: when did the kernel first decide as it was told to? */

export interface Probe {
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  /** Undefined while nobody knows. */
  hasReached: boolean | undefined
}

/** So many in a row that don't arrive are believed to be denied; one that is late is not. */
export const blockedInARow = 20

/**
 * When the first probe that was decided anew was sent; undefined while that can't be said. Probes come in the order in
 * which they were sent. One that arrives proves Allow; Deny is what begins after the last one that arrived.
 */
export function firstDecidedAnew(probes: readonly Probe[], wanted: 'Allow' | 'Deny'): number | undefined {
  if (wanted === 'Allow') return probes.find(({ hasReached }) => hasReached === true)?.startedAt
  const first = probes.findLastIndex(({ hasReached }) => hasReached === true) + 1
  const known = probes.slice(first).findIndex(({ hasReached }) => hasReached === undefined)
  const blocked = known === -1 ? probes.length - first : known
  return blocked >= blockedInARow ? probes[first]?.startedAt : undefined
}
