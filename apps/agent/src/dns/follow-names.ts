/** What a node needs to follow names, put together: the queue in its kernel, the cache with its file, and the learner between them. */
import { join } from 'node:path'
import type { Clock } from '@margay/client'
import { PacketLog, PacketQueue } from '@margay/netlink'
import type { NamedAddress } from '@margay/policy'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'
import { AnswerJournal } from './cache/answer-journal.ts'
import { CacheFile } from './cache/cache-file.ts'
import { NameCache } from './cache/name-cache.ts'
import { CacheKeeper, unknownLifetimes } from './cache-keeper.ts'
import { DnsHold } from './dns-hold.ts'
import { DnsObserver } from './dns-observer.ts'
import { NameLearner } from './name-learner.ts'

export interface FollowNamesOptions {
  readonly netns: string | undefined
  /** Where what was learnt outlives the agent. */
  readonly stateDirectory: string
  readonly driver: RulesetDriver
  /** See `NameLearnerOptions`. */
  readonly learn: (changes: readonly NamedAddress[]) => void
  readonly clock: Clock
  readonly log: (line: string) => void
}

export interface FollowedNames {
  readonly learner: NameLearner
  readonly cache: NameCache
  readonly observer: DnsObserver
  readonly hold: DnsHold
  /** What an earlier run knew is known again, and told to `learn`: before policy is enforced, so that nothing is taken from the kernel. */
  restore(): Promise<void>
  stop(): Promise<void>
}

export function dnsCachePath(stateDirectory: string): string {
  return join(stateDirectory, 'dns-cache.json')
}

/** What an earlier run knew; nothing is written. */
export function savedNames({
  stateDirectory,
  clock,
  log,
}: Pick<FollowNamesOptions, 'stateDirectory' | 'clock' | 'log'>): Promise<NamedAddress[]> {
  const cache = new NameCache({ lifetimes: unknownLifetimes })
  const { file, journal } = filesIn(stateDirectory)
  const looking = { load: () => file.look(), save: () => Promise.resolve() }
  return new CacheKeeper({ cache, file: looking, journal, clock, log }).restore()
}

function filesIn(stateDirectory: string): { readonly file: CacheFile; readonly journal: AnswerJournal } {
  const path = dnsCachePath(stateDirectory)
  return { file: new CacheFile(path), journal: new AnswerJournal(`${path}.journal`) }
}

export function followNames(options: FollowNamesOptions): FollowedNames {
  const { netns, driver, learn, clock, log } = options
  const cache = new NameCache({ lifetimes: unknownLifetimes })
  const observer = new DnsObserver(cache)
  const here = netns === undefined ? {} : { netns }
  const hold: DnsHold = new DnsHold({
    driver,
    openQueue: (place, on) => PacketQueue.open({ ...place, ...on, ...here }),
    openLog: (group) => PacketLog.open({ group, ...here }),
    clock,
    onPackets: (packets) => learner.take(packets),
    log,
  })
  const keeper = new CacheKeeper({ ...filesIn(options.stateDirectory), cache, clock, log })
  const learner: NameLearner = new NameLearner({ cache, observer, hold, learn, clock, log, keeper })
  const restore = async (): Promise<void> => learn(await keeper.restore())
  const stop = async (): Promise<void> => {
    learner.stop()
    await keeper.stop()
  }
  return { learner, cache, observer, hold, restore, stop }
}
