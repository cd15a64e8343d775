/**
 * Refuses writes that would break what somebody asserts, for all packets, and says by which one.
 *
 * Holds  1. An assertion with mode Enforce that holds is not broken by a write of this or another server: a write carries as preconditions
 *           that nothing has changed by which it was decided (ADR 0012).
 *        2. One that is broken already refuses nothing, so that a cluster can be repaired.
 *        3. Where there are no assertions, nothing is computed and nothing kept.
 */
import { type CheckedAssertion, checkAssertions, type PolicyState } from '@margay/policy'
import type { KindDefinition, NetworkAssertion } from '@margay/resources'
import type { Precondition } from '@margay/storage'
import { jsonEquals, without } from '../../json.ts'
import { forbidden } from '../../status/api-error.ts'
import {
  type AssertedPolicy,
  asAssertion,
  assertionCollection,
  assertionKind,
  judgedCollections,
} from './asserted-policy.ts'
import { describeBroken, describeUnknown, describeVacuous, provedBroken } from './describe-broken.ts'
import { type JudgedWrite, type Judgement, unjudged, type WriteJudge } from './judgement.ts'
import { type LivePolicy, takesPart } from './live-policy.ts'

export class AssertionGuard implements WriteJudge {
  readonly #asserted: AssertedPolicy

  constructor(asserted: AssertedPolicy) {
    this.#asserted = asserted
  }

  async judge(kind: KindDefinition, write: JudgedWrite): Promise<Judgement> {
    if (kind === assertionKind()) return this.#judgeAssertion(kind, write)
    return takesPart(kind) ? this.#judgeChange(kind, write) : unjudged
  }

  /** One that goes breaks nothing, nor does one that says what it said before. */
  async #judgeAssertion(kind: KindDefinition, { before, object, isGone }: JudgedWrite): Promise<Judgement> {
    const assertion = asAssertion(object)
    if (isGone || (before !== undefined && meansTheSame(asAssertion(before), assertion))) return unjudged
    const { policy, revision } = await this.#asserted.follow()
    const { state } = policy
    const checked = checkAssertions(state, [assertion])
    const isEnforced = isEnforcedOne(assertion)
    const fault = faultNow(state, checked)
    if (fault !== undefined && isEnforced) throw forbidden(kind, assertion.metadata.name, fault)
    const vacuous = checked.some(({ isVacuous }) => isVacuous) ? [describeVacuous] : []
    return {
      preconditions: isEnforced ? unchangedSince(revision) : [],
      warnings: [...vacuous, ...(fault === undefined ? [] : [fault])],
    }
  }

  async #judgeChange(kind: KindDefinition, write: JudgedWrite): Promise<Judgement> {
    // By what is known: if there is one by now, the write does not meet this condition and is decided anew.
    if (this.#asserted.isIdle)
      return { preconditions: noAssertionSince(this.#asserted.revision), warnings: [] }
    const { policy, revision } = await this.#asserted.follow()
    const { assertions } = this.#asserted
    if (assertions.length === 0) {
      await this.#asserted.rest()
      return { preconditions: noAssertionSince(revision), warnings: [] }
    }
    const broken = newlyBroken(policy, assertions, write)
    const refusing = broken.find(({ assertion }) => isEnforcedOne(assertion))
    if (refusing !== undefined) throw forbidden(kind, write.object.metadata.name, refusing.refusal)
    return {
      preconditions: assertions.some(isEnforcedOne) ? unchangedSince(revision) : noAssertionSince(revision),
      warnings: broken.map(({ warning }) => warning),
    }
  }
}

function faultNow(state: PolicyState, checked: readonly CheckedAssertion[]): string | undefined {
  const [broken] = provedBroken(state, checked)
  if (broken !== undefined) return `it does not hold now: ${describeBroken(broken, 'is')}`
  const [unknown] = checked.flatMap((it) => it.unknown ?? [])
  return unknown && describeUnknown(unknown)
}

/** What a write would do to an assertion. */
interface Fault {
  readonly assertion: NetworkAssertion
  readonly refusal: string
  readonly warning: string
}

/** Those that a write would break, or of which it could not be told any more, and that hold without it. */
function newlyBroken(
  policy: LivePolicy,
  assertions: readonly NetworkAssertion[],
  write: JudgedWrite,
): Fault[] {
  const broken = policy.after(write, (state) => faultsIn(state, checkAssertions(state, assertions))) ?? []
  const before = checkAssertions(
    policy.state,
    broken.map(({ assertion }) => assertion),
  )
  return broken.filter((_, index) => before[index]?.holds === true)
}

function faultsIn(state: PolicyState, checked: readonly CheckedAssertion[]): Fault[] {
  const broken = provedBroken(state, checked).map((it): Fault => {
    const text = `${nameOf(it.assertion)}: ${describeBroken(it, 'would be')}`
    return { assertion: it.assertion, refusal: `it would break ${text}`, warning: `breaks ${text}` }
  })
  const unknown = checked.flatMap(({ assertion, unknown: why }): Fault[] => {
    if (why === undefined) return []
    const text = `${nameOf(assertion)}: ${describeUnknown(why)}`
    return [{ assertion, refusal: `it would leave open ${text}`, warning: `leaves open ${text}` }]
  })
  return [...broken, ...unknown]
}

function nameOf({ metadata }: NetworkAssertion): string {
  return `the assertion ${metadata.name}`
}

function isEnforcedOne({ spec }: NetworkAssertion): boolean {
  return spec.mode === 'Enforce'
}

function meansTheSame({ spec: before }: NetworkAssertion, { spec: after }: NetworkAssertion): boolean {
  return jsonEquals(without(before, 'description'), without(after, 'description'))
}

function noAssertionSince(revision: bigint): Precondition[] {
  return [{ collection: assertionCollection, revision }]
}

function unchangedSince(revision: bigint): Precondition[] {
  return judgedCollections.map((collection) => ({ collection, revision }))
}
