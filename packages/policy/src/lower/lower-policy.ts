/** From policies as they are read to policies that are ready to evaluate. What can't be understood denies, and is reported. */
import { all, type Rule as RuleSpec } from '@margay/resources'
import type { Policy, PolicyRef, PolicyRules } from '../model/policy.ts'
import type { Direction, Rule } from '../model/rule.ts'
import type { AddressSets } from '../state/address-set.ts'
import { isSameList } from '../state/same-list.ts'
import type { ServiceLookup } from '../state/service-set.ts'
import { closedRule, lowerRule } from './lower-rule.ts'
import { inNamespace } from './lower-selector.ts'
import type { LoweredPeers } from './lowered-peers.ts'
import type { PolicySource } from './read-policy.ts'

/** A part of a policy that could not be understood, and that therefore denies. */
export interface PolicyProblem {
  readonly policy: PolicyRef
  readonly message: string
}

/** Whom a policy is for, and its place among others: all but its rules. */
export type PolicyHead = Omit<Policy, keyof PolicyRules>

export interface LoweredHead {
  readonly head: PolicyHead
  /** Instead of what its rules say: nobody knows whom they were meant for. */
  readonly closed: PolicyRules | undefined
}

/** Whom a policy selects is unknown when its selector can't be read: then it denies wherever it could apply. */
export function lowerHead({ ref, spec, subject }: PolicySource, report: Report): LoweredHead {
  const base = {
    ref,
    tier: spec.tier ?? 'default',
    order: spec.order ?? Number.POSITIVE_INFINITY,
    applyOnForward: spec.applyOnForward === true,
    preDNAT: spec.preDNAT === true,
    doNotTrack: spec.doNotTrack === true,
  }
  try {
    return { head: { ...base, appliesTo: subject(), directions: directionsOf(spec) }, closed: undefined }
  } catch (error) {
    report(messageOf(error))
    const appliesTo = ref.namespace === '' ? all() : inNamespace(ref.namespace)
    return { head: { ...base, appliesTo, directions: bothWays }, closed: closedRules }
  }
}

const closedRules: PolicyRules = { ingress: [closedRule(0)], egress: [closedRule(0)] }

/** Those of a policy whose head is not closed. */
export function lowerPolicyRules(
  { ref, spec, origins }: PolicySource,
  context: LoweringContext,
): PolicyRules {
  const own = { namespace: ref.namespace, ...context }
  return {
    ingress: lowerRules('Ingress', own, spec.ingress, origins?.ingress),
    egress: lowerRules('Egress', own, spec.egress, origins?.egress),
  }
}

export interface LoweringContext {
  readonly sets: AddressSets
  readonly services: ServiceLookup
  /** Of all that is lowered together. */
  readonly peers: LoweredPeers
  /** Told of each rule that could not be understood, and that denies in its place. */
  readonly report: Report
}

type Report = (message: string) => void

export interface RulesContext extends LoweringContext {
  /** Empty for a global policy, and for a profile. */
  readonly namespace: string
}

/** `origins` says for each rule which one a person wrote; by default it is the rule itself. */
export function lowerRules(
  direction: Direction,
  { report, ...context }: RulesContext,
  specs: readonly RuleSpec[] = [],
  origins?: readonly number[],
): readonly Rule[] {
  const rules = specs.map((spec, index) => {
    const origin = origins?.[index] ?? index
    try {
      return lowerRule(spec, { ...context, direction, origin })
    } catch (error) {
      report(`rule ${origin}: ${messageOf(error)}`)
      return closedRule(origin)
    }
  })
  return rules.every((rule) => rule !== undefined) ? rules : rules.filter((rule) => rule !== undefined)
}

const ingressOnly: readonly Direction[] = ['Ingress']
const egressOnly: readonly Direction[] = ['Egress']
const bothWays: readonly Direction[] = ['Ingress', 'Egress']
const usual = [ingressOnly, egressOnly, bothWays]

/** Without types a policy governs the directions that it has rules for, and ingress when it has none (spec I9). */
function directionsOf({ types = [], ingress = [], egress = [] }: PolicySource['spec']): readonly Direction[] {
  // One list for all policies of the same directions.
  if (types.length > 0) return usual.find((it) => isSameList(it, types)) ?? types
  if (egress.length === 0) return ingressOnly
  return ingress.length > 0 ? bothWays : egressOnly
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
