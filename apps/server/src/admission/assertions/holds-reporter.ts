/**
 * Says in the status of each assertion whether it holds, and keeps it so.
 *
 * Holds  1. Changes that come together are answered by one check, and checks take at most a share of the processor: writes go on.
 *        2. What the status says already is not written again, and another wording of it by another server is let be: servers that
 *           share a store do not write in turns.
 *        3. A status is written on the object that was checked, or not at all.
 */
import { type HoldsObservation, holdsCondition, type NetworkAssertion, withHolds } from '@margay/resources'
import { StoreClosedError, type StoredObject } from '@margay/storage'
import type { Environment } from '../../environment.ts'
import { unlessChanged } from '../../rest/changed-meanwhile.ts'
import { timestamp } from '../../rest/prepare.ts'
import { ApiError } from '../../status/api-error.ts'
import { type AssertedPolicy, asAssertion, assertionCollection } from './asserted-policy.ts'
import type { LivePolicy } from './live-policy.ts'
import { observeHolds } from './observe-holds.ts'

/** What is applied as one manifest is checked at once. */
const settleMs = 500
/** After a check of 100 ms a second of rest: a tenth of the processor at most. */
const restFactor = 10
const longestRestMs = 60_000
const retryMs = 5000

type Parts = Pick<Environment, 'store' | 'clock' | 'log' | 'writes'>

/** The last check, and what it looked at. */
interface Check {
  readonly version: symbol
  readonly subjects: string
  readonly observations: ReadonlyMap<string, HoldsObservation>
}

export class HoldsReporter {
  readonly #asserted: AssertedPolicy
  readonly #parts: Parts
  #last: Check | undefined
  /** Something may have changed since the last check began. */
  #isDirty = false
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined
  #unsubscribe: () => void = () => undefined
  #isStopped = false

  constructor(asserted: AssertedPolicy, parts: Parts) {
    this.#asserted = asserted
    this.#parts = parts
  }

  start(): void {
    this.#unsubscribe = this.#asserted.onChange({
      policyChanged: () => this.#wake(),
      assertionsChanged: () => {
        if (this.#asserted.assertions.some((it) => !this.#isReported(it))) this.#wake()
      },
    })
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe()
    this.#cancel?.()
    await this.#running
  }

  #wake(): void {
    this.#isDirty = true
    if (this.#cancel === undefined && this.#running === undefined) this.#rest(settleMs)
  }

  #rest(ms: number): void {
    if (this.#isStopped) return
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#cancel = undefined
      if (this.#isDirty) this.#running = this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isDirty = false
    const restMs = await this.#reportOrRetry()
    this.#running = undefined
    this.#rest(restMs)
  }

  /** Resolves to how long to rest, in milliseconds. */
  async #reportOrRetry(): Promise<number> {
    try {
      const tookMs = await this.#report()
      return Math.min(Math.max(settleMs, restFactor * tookMs), longestRestMs)
    } catch (error) {
      if (error instanceof StoreClosedError) return longestRestMs
      // A 503 says that the store lags, which the feeds log if it goes on.
      if (!(error instanceof ApiError))
        this.#parts.log.error('the status of assertions could not be written', error)
      this.#isDirty = true
      return retryMs
    }
  }

  /** Resolves to how long the check took, in milliseconds. */
  async #report(): Promise<number> {
    if (this.#asserted.assertions.length === 0) return 0
    const { objects } = await this.#parts.store.list(assertionCollection)
    const { policy } = await this.#asserted.follow()
    const begun = this.#parts.clock.now().getTime()
    const before = this.#last
    const check = this.#check(policy, objects)
    const tookMs = this.#parts.clock.now().getTime() - begun
    const due = objects.filter(({ value }) => check !== before || !this.#isReported(asAssertion(value)))
    for (const stored of due) await this.#write(stored, check)
    return tookMs
  }

  #check(policy: LivePolicy, objects: readonly StoredObject[]): Check {
    const { version } = policy
    const subjects = objects.map(({ value: { metadata } }) => `${metadata.uid} ${metadata.generation}`).join()
    if (this.#last?.version === version && this.#last.subjects === subjects) return this.#last
    const assertions = objects.map(({ value }) => asAssertion(value))
    const observations = observeHolds(policy.state, assertions, this.#parts.log)
    this.#last = { version, subjects, observations }
    return this.#last
  }

  async #write({ key, value, revision }: StoredObject, { observations }: Check): Promise<void> {
    const { store, clock, writes } = this.#parts
    const assertion = asAssertion(value)
    const observation = observations.get(value.metadata.name)
    if (observation === undefined) return
    const updated = withHolds(assertion, observation, timestamp(clock.now()))
    if (updated === assertion) return
    const written = await writes.run(() => unlessChanged(store.update(key, { ...updated }, revision)))
    if (written === undefined) this.#isDirty = true
  }

  #isReported(assertion: NetworkAssertion): boolean {
    const found = this.#last?.observations.get(assertion.metadata.name)
    const { status, reason, observedGeneration } = holdsCondition(assertion) ?? {}
    return (
      found?.status === status &&
      found?.reason === reason &&
      observedGeneration === assertion.metadata.generation
    )
  }
}
