/** What the agent of this node knows of names, as it keeps it: read while it runs, or after. */
import { formatIp } from '@margay/netset'
import { AnswerJournal } from './cache/answer-journal.ts'
import type { CacheEntry } from './cache/cache-entry.ts'
import { CacheFile } from './cache/cache-file.ts'
import { NameCache } from './cache/name-cache.ts'
import { dnsCachePath } from './follow-names.ts'
import { ttlFloorSeconds } from './name-learner.ts'

export interface SavedEntries {
  /** By name; those whose time is not over. */
  readonly entries: readonly CacheEntry[]
  /** Undefined: no agent has kept anything here. */
  readonly savedMs: number | undefined
  readonly problem: string | undefined
}

/** Of what came since the file was written, the extra time that settings give is not known: it may be known for longer. */
export async function savedEntries(stateDirectory: string, nowMs: number): Promise<SavedEntries> {
  const path = dnsCachePath(stateDirectory)
  const { saved, problem } = await new CacheFile(path).look()
  const since = new NameCache({ lifetimes: { floorSeconds: ttlFloorSeconds, extraSeconds: 0 } })
  const journal = new AnswerJournal(`${path}.journal`).read()
  for (const { answer, origin, atMs } of journal) since.learn(answer, origin, atMs)
  const byRecord = new Map<string, CacheEntry>()
  for (const entry of [...(saved?.entries ?? []), ...since.entries()]) {
    const known = byRecord.get(recordOf(entry))
    if (known === undefined || known.untilMs < entry.untilMs) byRecord.set(recordOf(entry), entry)
  }
  const entries = [...byRecord.values()].filter(({ untilMs }) => untilMs > nowMs)
  entries.sort((one, other) => (recordOf(one) < recordOf(other) ? -1 : 1))
  return { entries, savedMs: saved?.savedMs ?? journal.at(-1)?.atMs, problem }
}

function recordOf(entry: CacheEntry): string {
  return `${entry.name} ${entry.kind === 'alias' ? `> ${entry.target}` : formatIp(entry.address)}`
}
