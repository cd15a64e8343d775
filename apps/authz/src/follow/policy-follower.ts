/**
 * Keeps a judge told of the cluster: all that policy reads, and services. Nothing is told before every kind was listed completely; where the
 * API is gone, the judge goes on with what it was told last.
 */
import type { ApiClient, Clock } from '@margay/client'
import { type ClusterChange, ClusterFollower, keyOfKind } from '@margay/cluster-view'
import { formatPolicyRef, type ResourceChange, type UpdatedState } from '@margay/policy'
import { admit, findKind, type KindDefinition, type Resource } from '@margay/resources'
import type { PolicyJudge } from '../judge/policy-judge.ts'

export interface PolicyFollowerOptions {
  readonly client: Pick<ApiClient, 'list' | 'watch'>
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  readonly judge: Pick<PolicyJudge, 'update' | 'reset' | 'isReady'>
  /** The judge was told, the first time of all that there is. */
  readonly onTold?: () => void
}

const retryAfterMs = 1000

export class PolicyFollower {
  readonly #options: PolicyFollowerOptions
  readonly #cluster: ClusterFollower
  readonly #services = new ServiceChanges()
  #isTelling = false
  #isStopped = false
  /** The judge forgot everything. */
  #isLost = false
  #reported: ReadonlySet<string> = new Set()
  #cancelRetry: () => void = () => undefined

  constructor(options: PolicyFollowerOptions) {
    this.#options = options
    const { client, clock, random, log } = options
    this.#cluster = new ClusterFollower({
      ...{ client, clock, random, log },
      moreKinds: [serviceKind],
      onChange: (change) => this.#taken(change),
      onOptionalFailure: () => {
        if (!options.judge.isReady) this.#changed()
      },
    })
  }

  start(): void {
    this.#cluster.start()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRetry()
    await this.#cluster.stop()
  }

  /** The newest resourceVersion that the judge may know; undefined where the API does not count upwards. */
  get newestRevision(): string | undefined {
    return this.#cluster.newestRevision
  }

  #taken(change: ClusterChange): void {
    if (change.kind === serviceKind) this.#services.take(change)
    if (change.concernsPolicy || change.kind === serviceKind) this.#changed()
  }

  /** What arrives together is told together: a list, or a burst of events, is one change. */
  #changed(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(() => {
      this.#isTelling = false
      if (this.#cluster.hasSynced && !this.#isStopped) this.#tell()
    })
  }

  #tell(): void {
    try {
      const changes = [...this.#cluster.takeChanges(), ...this.#services.takeChanges()]
      // What was lost count of is told once more, from the start.
      this.#report(this.#options.judge.update(this.#isLost ? this.#all() : changes))
      this.#isLost = false
      this.#options.onTold?.()
    } catch (error) {
      this.#isLost = true
      this.#options.judge.reset()
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.log(
        `policy could not be taken in: ${reason}; no check is answered, trying again in ${retryAfterMs} ms`,
      )
      this.#cancelRetry()
      this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#changed())
    }
  }

  #all(): ResourceChange[] {
    const all = [...this.#cluster.resources, ...this.#services.all]
    return all.map((after) => ({ before: undefined, after }))
  }

  /** Each problem once, and again only if it was gone meanwhile. */
  #report({ problems, objectProblems }: UpdatedState): void {
    const lines = new Set([
      ...problems
        .filter(({ policy }) => !policy.kind.startsWith('Staged'))
        .map(({ policy, message }) => `${formatPolicyRef(policy)}: ${message}; it denies instead`),
      ...objectProblems.map(({ object, message }) => `${object}: ${message}`),
    ])
    for (const line of lines.difference(this.#reported)) this.#options.log(line)
    this.#reported = lines
  }
}

/** Services as they are, and as they were when changes were taken. Policy reads nothing of them, so one that is not understood is left out. */
class ServiceChanges {
  readonly #now = new Map<string, Resource>()
  #before = new Map<string, Resource | undefined>()

  get all(): Iterable<Resource> {
    return this.#now.values()
  }

  take({ change }: ClusterChange): void {
    if (change.type === 'synced') return
    const { key, type, object } = change
    if (!this.#before.has(key)) this.#before.set(key, this.#now.get(key))
    const admission = type === 'deleted' ? undefined : admit(object, { unknownFields: 'drop' })
    if (admission?.ok === true) this.#now.set(key, admission.resource)
    else this.#now.delete(key)
  }

  takeChanges(): ResourceChange[] {
    const changes = Array.from(this.#before, ([key, before]) => ({ before, after: this.#now.get(key) }))
    this.#before = new Map()
    return changes.filter(({ before, after }) => before !== after)
  }
}

const serviceKind = knownKind('v1', 'Service')

/** @throws Error when the resources room lacks it, which is a mistake of ours */
function knownKind(apiVersion: string, name: string): KindDefinition {
  const kind = findKind(apiVersion, name)
  if (kind === undefined)
    throw new Error(`the resources room does not know ${keyOfKind({ apiVersion, kind: name })}`)
  return kind
}
