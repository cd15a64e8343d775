/**
 * Refuses writes that would break what somebody asserts, for all packets, and says by which one.
 *
 * Holds  1. An assertion with mode Enforce that holds is not broken by a write of this or another server: a write carries as preconditions
 *           that nothing has changed by which it was decided (ADR 0012).
 *        2. One that is broken already refuses nothing, so that a cluster can be repaired.
 *        3. Where there are no assertions, nothing is computed and nothing kept.
 */
import { setImmediate } from 'node:timers/promises'
import { checkAssertions } from '@margay/policy'
import { findKind, type KindDefinition, type NetworkAssertion, type ResourceObject } from '@margay/resources'
import type { Precondition, Store } from '@margay/storage'
import { Feed } from '../../authorization/feed.ts'
import type { Clock, Log } from '../../environment.ts'
import { jsonEquals, without } from '../../json.ts'
import { prefixOf } from '../../rest/keys.ts'
import { forbidden, unavailable } from '../../status/api-error.ts'
import { type Broken, describeBroken, describeVacuous, provedBroken } from './describe-broken.ts'
import { type JudgedWrite, type Judgement, unjudged, type WriteJudge } from './judgement.ts'
import { LivePolicy, policyCollections, takesPart } from './live-policy.ts'

export interface AssertionGuardOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Longer than a healthy store takes by far. */
const longestWaitMs = 2000

export class AssertionGuard implements WriteJudge {
  readonly #options: AssertionGuardOptions
  readonly #assertions = new Map<string, NetworkAssertion>()
  readonly #feed: Feed
  #policy: LivePolicy | undefined

  constructor(options: AssertionGuardOptions) {
    this.#options = options
    this.#feed = new Feed({
      ...options,
      prefix: collection,
      put: (object) => this.#assertions.set(object.metadata.name, asAssertion(object)),
      remove: ({ metadata }) => this.#assertions.delete(metadata.name),
      changed: () => undefined,
    })
  }

  /** Resolves when all assertions are known. */
  async start(): Promise<void> {
    await this.#feed.start()
  }

  async stop(): Promise<void> {
    await this.#feed.stop()
    await this.#policy?.stop()
  }

  async judge(kind: KindDefinition, write: JudgedWrite): Promise<Judgement> {
    if (kind === assertionKind()) return this.#judgeAssertion(kind, write)
    return takesPart(kind) ? this.#judgeChange(kind, write) : unjudged
  }

  /** One that goes breaks nothing, nor does one that says what it said before. */
  async #judgeAssertion(kind: KindDefinition, { before, object, isGone }: JudgedWrite): Promise<Judgement> {
    const assertion = asAssertion(object)
    if (isGone || (before !== undefined && meansTheSame(asAssertion(before), assertion))) return unjudged
    const { policy, revision } = await this.#follow()
    const { state } = policy
    const checked = checkAssertions(state, [assertion])
    const [broken] = provedBroken(state, checked)
    const isEnforced = isEnforcedOne(assertion)
    const fault = broken && `it does not hold now: ${describeBroken(broken, 'is')}`
    if (fault !== undefined && isEnforced) throw forbidden(kind, assertion.metadata.name, fault)
    const vacuous = checked.some(({ isVacuous }) => isVacuous) ? [describeVacuous] : []
    return {
      preconditions: isEnforced ? unchangedSince(revision) : [],
      warnings: [...vacuous, ...(fault === undefined ? [] : [fault])],
    }
  }

  async #judgeChange(kind: KindDefinition, write: JudgedWrite): Promise<Judgement> {
    // By what is known: if there is one by now, the write does not meet this condition and is decided anew.
    if (this.#isIdle()) return { preconditions: noAssertionSince(this.#feed.revision), warnings: [] }
    const { policy, revision } = await this.#follow()
    const assertions = [...this.#assertions.values()]
    if (assertions.length === 0) {
      await this.#rest()
      return { preconditions: noAssertionSince(revision), warnings: [] }
    }
    const broken = newlyBroken(policy, assertions, write)
    const refusing = broken.find(({ assertion }) => isEnforcedOne(assertion))
    if (refusing !== undefined)
      throw forbidden(kind, write.object.metadata.name, `it would break ${describe(refusing)}`)
    return {
      preconditions: assertions.some(isEnforcedOne) ? unchangedSince(revision) : noAssertionSince(revision),
      warnings: broken.map((it) => `breaks ${describe(it)}`),
    }
  }

  #isIdle(): boolean {
    return this.#policy === undefined && this.#assertions.size === 0
  }

  /** Everything up to the last change, by whichever server. */
  async #follow(): Promise<{ policy: LivePolicy; revision: bigint }> {
    const policy = this.#policy ?? (await this.#begin())
    const revision = await this.#options.store.lastChange(allCollections)
    const timeout = Promise.withResolvers<boolean>()
    const cancel = this.#options.clock.after(longestWaitMs, () => timeout.resolve(false))
    const all = Promise.all([policy.reached(revision), this.#feed.reached(revision)])
    try {
      const isKnown = await Promise.race([all.then(() => true), timeout.promise])
      if (!isKnown) throw unavailable('the newest policies are not known here yet')
      await othersToldToo()
      return { policy, revision }
    } finally {
      cancel()
    }
  }

  async #begin(): Promise<LivePolicy> {
    const policy = await LivePolicy.start(this.#options)
    this.#policy = policy
    return policy
  }

  /** Nobody asserts anything any more. */
  async #rest(): Promise<void> {
    await this.#policy?.stop()
    this.#policy = undefined
  }
}

/**
 * What follows takes the processor for a while. Were that within the round in which the store tells its watchers of the last change, the
 * store would rest for as long after it (ADR 0013), and the next write would wait for that.
 */
async function othersToldToo(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

/** Those that a write would break, and that hold without it. */
function newlyBroken(
  policy: LivePolicy,
  assertions: readonly NetworkAssertion[],
  write: JudgedWrite,
): Broken[] {
  const broken = policy.after(write, (state) => provedBroken(state, checkAssertions(state, assertions))) ?? []
  const before = checkAssertions(
    policy.state,
    broken.map(({ assertion }) => assertion),
  )
  return broken.filter((_, index) => before[index]?.holds === true)
}

function describe(broken: Broken): string {
  return `the assertion ${broken.assertion.metadata.name}: ${describeBroken(broken, 'would be')}`
}

function isEnforcedOne({ spec }: NetworkAssertion): boolean {
  return spec.mode === 'Enforce'
}

function meansTheSame({ spec: before }: NetworkAssertion, { spec: after }: NetworkAssertion): boolean {
  return jsonEquals(without(before, 'description'), without(after, 'description'))
}

function noAssertionSince(revision: bigint): Precondition[] {
  return [{ collection, revision }]
}

function unchangedSince(revision: bigint): Precondition[] {
  return allCollections.map((each) => ({ collection: each, revision }))
}

/** Everything that is stored, or was admitted, has the shape of its kind. */
function asAssertion(object: ResourceObject): NetworkAssertion {
  return object as unknown as NetworkAssertion
}

function assertionKind(): KindDefinition {
  const kind = findKind('policy.margay.io/v1alpha1', 'NetworkAssertion')
  if (kind === undefined) throw new Error('the resources room does not know NetworkAssertion')
  return kind
}

const collection = prefixOf(assertionKind())
const allCollections: readonly string[] = [...policyCollections, collection]
