/** Whether and when rules are asked for changes nothing of what a state says. */
import { smallCast } from '@margay/testkit'
import { expect, test } from 'vitest'
import type { Policy } from '../model/policy.ts'
import { StateBuilder } from './build-state.ts'
import type { Delta } from './delta.ts'
import { followWorlds } from './follow-worlds.testkit.ts'
import type { PolicyState } from './policy-state.ts'
import type { StateDelta } from './state-delta.ts'
import { policiesOf, textOf } from './state-text.testkit.ts'

const nodes = smallCast.nodes.map(({ name }) => name)

test('rules that are asked for late are those that are asked for at once, whatever changed meanwhile', () => {
  let [late, atOnce] = [new StateBuilder(), new StateBuilder()]
  let round = 0
  followWorlds(({ changes, isFirst, isLast }) => {
    if (isFirst) [late, atOnce] = [new StateBuilder(), new StateBuilder()]
    const [one, other] = [late.update(changes), atOnce.update(changes)]
    round++
    allPolicies(one.state).forEach((policy, i) => {
      if ((i + round) % 4 === 0) ask(policy)
    })
    allPolicies(other.state).forEach(ask)
    expect(deltaText(one.delta)).toEqual(deltaText(other.delta))
    expect(one.problems).toEqual(other.problems)
    if (isLast) expect(textOf(one, nodes)).toEqual(textOf(other, nodes))
  })
}, 300_000)

function allPolicies({ tiers, stagedTiers }: PolicyState): Policy[] {
  return [tiers, stagedTiers].flatMap((it) => policiesOf({ tiers: it }))
}

function ask({ ingress, egress }: Policy): number {
  return ingress.length + egress.length
}

/** Policies by all but their rules, so that it does not ask for these. */
function deltaText({ policies, stagedPolicies, isWhole, ...subjects }: StateDelta) {
  const counts = Object.values(subjects).map(({ gone, come }) => [gone.length, come.length])
  return { policies: headsOf(policies), staged: headsOf(stagedPolicies), counts, isWhole }
}

function headsOf({ gone, come }: Delta<Policy>) {
  return [gone, come].map((it) =>
    it.map(({ ref, tier, order, appliesTo }) => ({ ref, tier, order, appliesTo })),
  )
}
