/**
 * What becomes of the records: those of writes go into the store with the write itself, and from its journal to the log;
 * all others go to the log at once.
 *
 * Holds  1. A write that was answered has its record on disk: both are one transaction of the store.
 *        2. A process that dies leaves records in the journal only, and the next one brings them to the log, each once.
 */
import type { Journal, Store } from '@margay/storage'
import type { Clock, Log } from '../environment.ts'
import type { AuditLog } from './audit-log.ts'
import type { AuditPolicy } from './audit-policy.ts'
import { type AuditEvent, annotation } from './event.ts'

export interface AuditTrailOptions {
  readonly log: AuditLog
  readonly policy: AuditPolicy
  readonly store: Pick<Store, 'journal' | 'currentRevision'>
  readonly clock: Clock
  /** For what goes wrong while nobody waits. */
  readonly errors: Pick<Log, 'error'>
}

/** So many records at a time. */
const batchSize = 500
const retryAfterMs = 1000

export class AuditTrail {
  readonly policy: AuditPolicy
  readonly clock: Clock
  readonly #log: AuditLog
  readonly #journal: Journal
  readonly #errors: Pick<Log, 'error'>
  #drained: bigint
  #draining: Promise<void> | undefined
  #isDirty = false
  #cancelRetry: () => void = () => undefined

  private constructor(options: AuditTrailOptions, drained: bigint) {
    this.policy = options.policy
    this.clock = options.clock
    this.#log = options.log
    this.#journal = options.store.journal()
    this.#errors = options.errors
    this.#drained = drained
  }

  /** Brings to the log what the last process left in the journal. @throws AuditWriteError */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    const trail = new AuditTrail(options, await drainedUpTo(options))
    await trail.#drainAll()
    return trail
  }

  /** Resolves when they are on disk. @throws AuditWriteError */
  append(events: readonly AuditEvent[]): Promise<void> {
    return this.#log.append(events)
  }

  /** For records that nobody waits for. */
  appendLater(events: readonly AuditEvent[]): void {
    this.#log.append(events).catch((error: unknown) => this.#errors.error('an audit record was lost', error))
  }

  /** There is something in the journal. */
  wake(): void {
    this.#isDirty = true
    this.#draining ??= this.#drainInBackground()
  }

  /** Waits until the journal is in the log. */
  async close(): Promise<void> {
    this.#cancelRetry()
    await this.#draining
    await this.#log.close()
  }

  async #drainInBackground(): Promise<void> {
    try {
      while (this.#isDirty) {
        this.#isDirty = false
        await this.#drainAll()
      }
    } catch (error) {
      this.#errors.error('audit records wait in the journal', error)
      this.#cancelRetry = this.clock.after(retryAfterMs, () => this.wake())
    } finally {
      this.#draining = undefined
    }
  }

  async #drainAll(): Promise<void> {
    for (;;) {
      const entries = await this.#journal.read(this.#drained, batchSize)
      const last = entries.at(-1)
      if (last === undefined) return
      await this.#log.append(
        entries.map(({ record, revision }) => complete(record as unknown as AuditEvent, revision)),
      )
      this.#drained = last.revision
      await this.#journal.trim(last.revision)
    }
  }
}

/**
 * What the log has of the journal. When it has come further than the store, they do not belong together: the store was restored from a
 * backup, and counts anew. Then all of its journal is new to the log.
 */
async function drainedUpTo({ log, store }: AuditTrailOptions): Promise<bigint> {
  const last = await log.lastJournalRevision()
  return last > (await store.currentRevision()) ? 0n : last
}

/** The revision is known only once the store has the write. */
function complete(event: AuditEvent, revision: bigint): AuditEvent {
  const { objectRef, annotations } = event
  return {
    ...event,
    ...(objectRef === undefined ? {} : { objectRef: { ...objectRef, resourceVersion: String(revision) } }),
    annotations: { ...annotations, [annotation.revision]: String(revision) },
  }
}
