/** When a feed is pulled next. All in milliseconds. */
import { durationSeconds, type GlobalThreatFeed } from '@margay/resources'

const firstRetryMs = 60_000
const longestRetryMs = 3_600_000
/** So that feeds that were made together are not pulled together for ever. */
const jitterShare = 0.1

export function periodMs({ spec }: GlobalThreatFeed): number {
  return (durationSeconds(spec.pull?.period ?? '24h') ?? 86_400) * 1000
}

/** After a pull; `failures` in a row, `chance` from 0 to 1. Never sooner than the period, but after a failure. */
export function nextPullMs(feed: GlobalThreatFeed, failures: number, chance: number): number {
  const period = periodMs(feed)
  const retry = Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs, period)
  return (failures === 0 ? period : retry) * (1 + jitterShare * chance)
}

/** For a server that begins with a feed that another one, or its last run, has pulled already. */
export function firstPullMs(feed: GlobalThreatFeed, now: Date): number {
  const { observedGeneration, lastSuccessfulSync, errorConditions = [] } = feed.status ?? {}
  const hasFailed = errorConditions.some(({ type }) => type !== 'EntriesRejected')
  if (hasFailed || lastSuccessfulSync === undefined || observedGeneration !== feed.metadata.generation)
    return 0
  return Math.max(0, Date.parse(lastSuccessfulSync) + periodMs(feed) - now.getTime())
}
