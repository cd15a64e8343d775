/** What the status of a feed says. */
import { isDeepStrictEqual } from 'node:util'
import type { GlobalThreatFeed, ThreatFeedStatus } from '@margay/resources'
import type { Environment } from '../environment.ts'
import { decideAndWrite } from '../rest/decide-and-write.ts'
import { timestamp } from '../rest/prepare.ts'
import { asFeed, feedKey, versionOf } from './kinds.ts'
import type { ReadEntries } from './read-entries.ts'

type Change = (status: ThreatFeedStatus) => ThreatFeedStatus
type ErrorCondition = NonNullable<ThreatFeedStatus['errorConditions']>[number]

/** A list that was read, and stands in so many sets. */
export function synced({ entries, rejected, samples, nets }: ReadEntries, sets: number, now: Date): Change {
  const message = `${rejected} of ${entries + rejected} entries can not be used${suchAs(samples)}`
  return ({ lastSuccessfulSearch }) => ({
    ...(lastSuccessfulSearch === undefined ? {} : { lastSuccessfulSearch }),
    lastSuccessfulSync: timestamp(now),
    entries,
    rejectedEntries: rejected,
    nets: nets.length,
    sets,
    ...(rejected === 0 ? {} : { errorConditions: [{ type: 'EntriesRejected', message }] }),
  })
}

/** The list is the same still, and so is what was wrong with it. */
export function confirmed(now: Date): Change {
  return (status) => withErrors({ ...status, lastSuccessfulSync: timestamp(now) }, [])
}

/** The last good list goes on. */
export function failed({ type, message }: ErrorCondition): Change {
  return (status) => withErrors(status, [{ type, message }])
}

/** Nothing is listed any more. */
export function cleared(errorConditions: readonly ErrorCondition[]): Change {
  return ({ lastSuccessfulSync, lastSuccessfulSearch }) =>
    withErrors(
      {
        ...(lastSuccessfulSync === undefined ? {} : { lastSuccessfulSync }),
        ...(lastSuccessfulSearch === undefined ? {} : { lastSuccessfulSearch }),
      },
      errorConditions,
    )
}

/** What was wrong with the list that goes on stays said. */
function withErrors(
  { errorConditions = [], ...status }: ThreatFeedStatus,
  more: readonly ErrorCondition[],
): ThreatFeedStatus {
  const ofList =
    status.entries === undefined ? [] : errorConditions.filter(({ type }) => type === 'EntriesRejected')
  const all = [...more, ...ofList]
  return { ...status, ...(all.length === 0 ? {} : { errorConditions: all }) }
}

function suchAs(samples: readonly string[]): string {
  return samples.length === 0 ? '' : `, such as ${samples.join(', ')}`
}

/** Unless the feed is gone, or wants something else by now. */
export async function writeStatus(
  parts: Pick<Environment, 'store' | 'writes' | 'clock' | 'random'>,
  feed: GlobalThreatFeed,
  change: Change,
): Promise<void> {
  const { store } = parts
  await decideAndWrite(parts, async () => {
    const stored = await store.get(feedKey(feed.metadata.name))
    if (stored === undefined || versionOf(stored.value) !== versionOf(feed)) return
    const before = asFeed(stored.value).status ?? {}
    const { generation } = feed.metadata
    const status = {
      ...change(before),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    }
    if (!isDeepStrictEqual(status, before))
      await store.update(stored.key, { ...stored.value, status }, stored.revision)
  })
}
