/** What is to be said of assertions as things are now. */
import { type CheckedAssertion, checkAssertions, type PolicyState } from '@margay/policy'
import type { HoldsObservation, NetworkAssertion } from '@margay/resources'
import type { Log } from '../../environment.ts'
import { describePacket, provedBroken } from './describe-broken.ts'

/** By name. To be asked while the state is the last one. */
export function observeHolds(
  state: PolicyState,
  assertions: readonly NetworkAssertion[],
  log: Log,
): Map<string, HoldsObservation> {
  return new Map(checkEach(state, assertions, log))
}

/** All at once is cheaper; but where one can't be checked, the others shall not suffer from it. */
function checkEach(
  state: PolicyState,
  assertions: readonly NetworkAssertion[],
  log: Log,
): [string, HoldsObservation][] {
  try {
    return checkAssertions(state, assertions).map((it) => [it.assertion.metadata.name, observe(state, it)])
  } catch (error) {
    if (assertions.length > 1) return assertions.flatMap((it) => checkEach(state, [it], log))
    return assertions.map(({ metadata: { name } }) => {
      log.error(`the assertion ${name} could not be checked`, error)
      return [name, unchecked]
    })
  }
}

function observe(state: PolicyState, checked: CheckedAssertion): HoldsObservation {
  const [broken] = provedBroken(state, [checked])
  if (broken !== undefined)
    return { status: 'False', reason: 'Broken', message: describePacket(broken, 'is') }
  if (checked.unknown !== undefined)
    return {
      status: 'Unknown',
      reason: 'NotChecked',
      message: `It could not be checked: ${checked.unknown}.`,
    }
  return checked.isVacuous ? vacuous : proved
}

const proved: HoldsObservation = {
  status: 'True',
  reason: 'Proved',
  message: 'No packet that can open a connection breaks it.',
}

/** It counts as held, as `margay verify` counts it. */
const vacuous: HoldsObservation = {
  status: 'True',
  reason: 'SaysNothing',
  message: 'No two are there that it speaks of, so nothing can break it; look at its selectors.',
}

const unchecked: HoldsObservation = {
  status: 'Unknown',
  reason: 'NotChecked',
  message: 'It could not be checked; the log of the server says why.',
}
