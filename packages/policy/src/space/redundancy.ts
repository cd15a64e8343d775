/** Does a policy change anything for those that it governs? */
import type { Policy } from '../model/policy.ts'
import type { EffectiveHostPolicy } from '../state/effective-host-policy.ts'
import { applyingTiers, type EffectivePolicy } from '../state/effective-policy.ts'
import type { Connectivity } from './connectivity.ts'
import type { Facts } from './facts.ts'
import type { HostMeaning } from './host-meanings.ts'
import type { HostSpace } from './host-space.ts'
import type { HostOutcome, HostStageJudge } from './host-stage.ts'
import type { JudgedEnd } from './judged-ends.ts'
import { questionsAt } from './requests-at.ts'

/** All that is judged in one IP version. */
export interface Judged {
  readonly map: Connectivity
  readonly hosts: HostSpace
}

/** Does the same come of all packets without it, wherever it is asked? */
export function isRedundant(policy: Policy, judged: readonly Judged[]): boolean {
  return judged.every(
    ({ map, hosts }) =>
      map.ends.every((end) => !isOf(end.policy, policy) || isSameWithout(policy, end, map)) &&
      hosts.meanings.every((meaning) =>
        meaning.stages.every(
          (stage) => !isOf(stage.policy, policy) || isSameStageWithout(policy, stage, meaning, hosts),
        ),
      ),
  )
}

function isOf({ tiers }: EffectivePolicy, policy: Policy): boolean {
  return tiers.some(({ policies }) => policies.includes(policy))
}

function isSameWithout(policy: Policy, end: JudgedEnd, map: Connectivity): boolean {
  const tiers = applyingTiers(end.policy.tiers, (it) => it !== policy)
  const judge = map.judgeOf({ ...end.policy, tiers })
  for (const { request, ...asked } of questionsAt(end, map)) {
    const allowed = (by: JudgedEnd['judge'], peer: Facts) =>
      map.allowedAt({ ...asked, judge: by }, peer, request)
    for (const peer of map.peersFor(end)) {
      if (allowed(end.judge, peer) !== allowed(judge, peer)) return false
    }
  }
  return true
}

function isSameStageWithout(
  policy: Policy,
  stage: HostStageJudge,
  meaning: HostMeaning,
  hosts: HostSpace,
): boolean {
  const without = stage.ofPolicy(policyWithout(policy, stage.policy, meaning))
  for (const own of hosts.distinct(stage.ownCriteria)) {
    for (const peer of hosts.distinctPeers(stage.peerCriteria, stage.policy.direction)) {
      if (!isSameOutcome(stage.decide(own, peer), without.decide(own, peer))) return false
    }
  }
  return true
}

/** Where it is the only one for forwarded packets, in both directions, these are free without it (spec I14). */
function policyWithout(
  gone: Policy,
  policy: EffectiveHostPolicy,
  { stages }: HostMeaning,
): EffectiveHostPolicy {
  const tiers = applyingTiers(policy.tiers, (it) => it !== gone)
  if (policy.stage !== 'Forward') return { ...policy, tiers }
  const others = stages
    .filter((it) => it.policy.stage === 'Forward')
    .flatMap((it) => applyingTiers(it.policy.tiers, (other) => other !== gone))
  return { ...policy, tiers, otherwise: others.length > 0 ? 'Pass' : 'Allow' }
}

function isSameOutcome(one: HostOutcome, other: HostOutcome): boolean {
  return one.allowed === other.allowed && one.denied === other.denied && one.passed === other.passed
}
