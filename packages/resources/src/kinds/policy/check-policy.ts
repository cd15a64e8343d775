/** Rules for the spec of a projectcalico.org/v3 policy. Numbers of rules: spec/api.md 2.1. */
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import type { GlobalNetworkPolicy } from '../global-network-policy/schema.ts'
import { isDnsSubdomain } from '../meta/names.ts'
import type { NetworkPolicy } from '../network-policy/schema.ts'
import { checkRules } from '../rule/check-rules.ts'
import { checkNoGlobal, checkSelector } from '../rule/check-selector.ts'

type PolicySpec = NonNullable<NetworkPolicy['spec']>
type GlobalPolicySpec = NonNullable<GlobalNetworkPolicy['spec']>

export function* checkNetworkPolicySpec(spec: PolicySpec): Iterable<Issue> {
  yield* checkTierName(spec.tier)
  yield* checkPolicySelectors(spec)
  yield* checkRules(spec, false)
}

export function* checkGlobalNetworkPolicySpec(spec: GlobalPolicySpec): Iterable<Issue> {
  yield* checkTierName(spec.tier)
  yield* checkPolicySelectors(spec)
  yield* checkUntracked(spec)
  yield* checkPreDnat(spec)
  yield* checkApplyOnForward(spec)
  yield* checkRules(spec, true)
}

/** 54. */
function* checkTierName(tier: string | undefined): Iterable<Issue> {
  if (tier === undefined || isDnsSubdomain(tier)) return
  yield invalid('spec.tier', `must be the name of a tier: a-z, 0-9 and inner "-", but is ${describe(tier)}`)
}

/** 44 and 45. */
function* checkPolicySelectors(spec: GlobalPolicySpec): Iterable<Issue> {
  for (const field of ['selector', 'serviceAccountSelector', 'namespaceSelector'] as const) {
    yield* checkSelector(spec[field], `spec.${field}`)
    yield* checkNoGlobal(spec[field], `spec.${field}`)
  }
}

/** 49. */
function* checkUntracked(spec: GlobalPolicySpec): Iterable<Issue> {
  if (spec.doNotTrack === true && spec.preDNAT === true)
    yield invalid('spec.preDNAT', 'must not be true beside doNotTrack')
}

/** 50 and 51: before address translation there is only incoming traffic. */
function* checkPreDnat(spec: GlobalPolicySpec): Iterable<Issue> {
  if (spec.preDNAT !== true) return
  if ((spec.egress ?? []).length > 0) yield forbidden('spec.egress', 'rules are not allowed with preDNAT')
  else if (spec.types?.includes('Egress') === true) {
    yield forbidden('spec.types', 'must not have Egress with preDNAT')
  }
}

/** 52. */
function* checkApplyOnForward(spec: GlobalPolicySpec): Iterable<Issue> {
  const needsIt = spec.preDNAT === true || spec.doNotTrack === true
  if (!needsIt || spec.applyOnForward === true) return
  yield required('spec.applyOnForward', 'must be true with preDNAT or doNotTrack')
}
