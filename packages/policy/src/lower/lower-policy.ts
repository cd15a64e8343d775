/** From policy resources to policies that are ready to evaluate. What can't be understood denies, and is reported. */
import {
  all,
  type ClusterNetworkPolicy,
  convertClusterNetworkPolicy,
  convertNetworkPolicy,
  equals,
  type GlobalNetworkPolicy,
  type KubernetesNetworkPolicy,
  type NetworkPolicy,
  type Node,
  type Rule as RuleSpec,
  type Selector,
} from '@margay/resources'
import type { Policy, PolicyRef } from '../model/policy.ts'
import type { Direction, Rule } from '../model/rule.ts'
import type { AddressSets } from '../state/address-set.ts'
import type { ServiceLookup } from '../state/service-set.ts'
import { closedRule, lowerRule } from './lower-rule.ts'
import { globalSubject, namespacedSubject, namespaceLabel } from './lower-selector.ts'
import type { LoweredPeers } from './lowered-peers.ts'

/** A part of a policy that could not be understood, and that therefore denies. */
export interface PolicyProblem {
  readonly policy: PolicyRef
  readonly message: string
}

export interface LoweringContext {
  readonly sets: AddressSets
  readonly services: ServiceLookup
  /** Of all policies that are lowered together. */
  readonly peers: LoweredPeers
  /** Whose addresses a ClusterNetworkPolicy's `nodes` peers mean. */
  readonly nodes: readonly Node[]
  /** Told of each problem; the rest of the policy goes on. */
  readonly report: (problem: PolicyProblem) => void
}

export function lowerNetworkPolicy(policy: NetworkPolicy, context: LoweringContext): Policy {
  const namespace = policy.metadata.namespace ?? ''
  return lowerPolicy({
    ref: { kind: 'NetworkPolicy', namespace, name: policy.metadata.name },
    spec: policy.spec ?? {},
    subject: () => namespacedSubject(policy.spec ?? {}, namespace),
    context,
  })
}

export function lowerGlobalNetworkPolicy(policy: GlobalNetworkPolicy, context: LoweringContext): Policy {
  const spec = policy.spec ?? {}
  return lowerPolicy({
    ref: { kind: 'GlobalNetworkPolicy', namespace: '', name: policy.metadata.name },
    spec,
    subject: () => globalSubject(spec),
    context,
  })
}

export function lowerKubernetesNetworkPolicy(
  policy: KubernetesNetworkPolicy,
  context: LoweringContext,
): Policy {
  const namespace = policy.metadata.namespace ?? ''
  const ref: PolicyRef = { kind: 'KubernetesNetworkPolicy', namespace, name: policy.metadata.name }
  const converted = convertNetworkPolicy(policy)
  for (const issue of converted.issues)
    context.report({ policy: ref, message: `${issue.path}: ${issue.message}` })
  return lowerPolicy({
    ref,
    spec: converted.policy.spec ?? {},
    subject: () => namespacedSubject(converted.policy.spec ?? {}, namespace),
    origins: { ingress: converted.ingressOrigins, egress: converted.egressOrigins },
    context,
  })
}

/** Undefined for a policy of an unknown tier or without a subject, which is as if it did not exist (spec 5.5). */
export function lowerClusterNetworkPolicy(
  policy: ClusterNetworkPolicy,
  context: LoweringContext,
): Policy | undefined {
  const converted = convertClusterNetworkPolicy(policy, { nodes: context.nodes })
  if (converted === undefined) return undefined
  const ref: PolicyRef = { kind: 'KubernetesClusterNetworkPolicy', namespace: '', name: policy.metadata.name }
  for (const issue of converted.issues)
    context.report({ policy: ref, message: `${issue.path}: ${issue.message}` })
  return lowerPolicy({
    ref,
    spec: converted.policy.spec ?? {},
    subject: () => globalSubject(converted.policy.spec ?? {}),
    origins: { ingress: converted.ingressOrigins, egress: converted.egressOrigins },
    context,
  })
}

interface PolicySource {
  readonly ref: PolicyRef
  readonly spec: PolicySpec
  readonly subject: () => Selector
  /** For each rule, the index of the rule that a person wrote; the rule's own index by default. */
  readonly origins?: { readonly ingress: readonly number[]; readonly egress: readonly number[] }
  readonly context: LoweringContext
}

interface PolicySpec {
  readonly tier?: string
  readonly order?: number
  readonly applyOnForward?: boolean
  readonly preDNAT?: boolean
  readonly doNotTrack?: boolean
  readonly types?: readonly Direction[]
  readonly ingress?: readonly RuleSpec[]
  readonly egress?: readonly RuleSpec[]
}

function lowerPolicy(source: PolicySource): Policy {
  const { ref, spec, context, origins } = source
  const report = (message: string) => context.report({ policy: ref, message })
  const { sets, services, peers } = context
  const rulesContext = { namespace: ref.namespace, sets, services, peers, report }
  const rules = {
    ingress: lowerRules(rulesContext, spec.ingress, origins?.ingress),
    egress: lowerRules(rulesContext, spec.egress, origins?.egress),
  }
  const base = {
    ref,
    tier: spec.tier ?? 'default',
    order: spec.order ?? Number.POSITIVE_INFINITY,
    applyOnForward: spec.applyOnForward === true,
    preDNAT: spec.preDNAT === true,
    doNotTrack: spec.doNotTrack === true,
  }
  try {
    return { ...base, ...rules, appliesTo: source.subject(), directions: directionsOf(spec) }
  } catch (error) {
    report(messageOf(error))
    return { ...base, ...closedPolicy(ref) }
  }
}

export interface RulesContext {
  /** Empty for a global policy, and for a profile. */
  readonly namespace: string
  readonly sets: AddressSets
  readonly services: ServiceLookup
  readonly peers: LoweredPeers
  /** Told of each rule that could not be understood, and that denies in its place. */
  readonly report: (message: string) => void
}

/** `origins` says for each rule which one a person wrote; by default it is the rule itself. */
export function lowerRules(
  { report, ...context }: RulesContext,
  specs: readonly RuleSpec[] = [],
  origins?: readonly number[],
): Rule[] {
  const rules = specs.map((spec, index) => {
    const origin = origins?.[index] ?? index
    try {
      return lowerRule(spec, { ...context, origin })
    } catch (error) {
      report(`rule ${origin}: ${messageOf(error)}`)
      return closedRule(origin)
    }
  })
  return rules.filter((rule) => rule !== undefined)
}

/** Without types a policy governs the directions that it has rules for, and ingress when it has none (spec I9). */
function directionsOf(spec: PolicySpec): readonly Direction[] {
  if (spec.types !== undefined && spec.types.length > 0) return spec.types
  const egress = (spec.egress ?? []).length > 0
  const ingress = !egress || (spec.ingress ?? []).length > 0
  return [...(ingress ? (['Ingress'] as const) : []), ...(egress ? (['Egress'] as const) : [])]
}

/** Whom a policy selects is unknown when its selector can't be read: then it denies wherever it could apply. */
function closedPolicy(ref: PolicyRef): Pick<Policy, 'appliesTo' | 'directions' | 'ingress' | 'egress'> {
  return {
    appliesTo: ref.namespace === '' ? all() : equals(namespaceLabel, ref.namespace),
    directions: ['Ingress', 'Egress'],
    ingress: [closedRule(0)],
    egress: [closedRule(0)],
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
