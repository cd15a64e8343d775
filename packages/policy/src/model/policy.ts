import type { PolicyKind, Selector } from '@margay/resources'
import type { Direction, Rule } from './rule.ts'

/** Which object a policy came from; the internal kind tells a Kubernetes NetworkPolicy from Calico's of the same name. */
export interface PolicyRef {
  readonly kind: PolicyKind
  /** Empty for kinds that are not namespaced. */
  readonly namespace: string
  readonly name: string
}

export interface PolicyRules {
  readonly ingress: readonly Rule[]
  readonly egress: readonly Rule[]
}

/**
 * A policy that is enforced, with its selectors already bound to what they select. Its rules may be found when they are first asked
 * for: ask only policies that govern somebody.
 */
export interface Policy extends PolicyRules {
  readonly ref: PolicyRef
  readonly tier: string
  /** Infinity when the resource gives none: it comes last in its tier. */
  readonly order: number
  /** Which endpoints it applies to, over their effective labels. */
  readonly appliesTo: Selector
  readonly directions: readonly Direction[]
  /** Host endpoints judge forwarded packets by it too. */
  readonly applyOnForward: boolean
  /** For host endpoints only, as packets arrive: before destination NAT, or before connection tracking. Never both. */
  readonly preDNAT: boolean
  readonly doNotTrack: boolean
}

export interface Tier {
  readonly name: string
  readonly order: number
  /** False for a tier that policies name but nobody created: it comes last and denies (spec 4). */
  readonly exists: boolean
  readonly defaultAction: 'Deny' | 'Pass' | 'Allow'
  /** Sorted in evaluation order. */
  readonly policies: readonly Policy[]
}

const shortKinds: Readonly<Record<PolicyKind, string>> = {
  NetworkPolicy: 'np',
  GlobalNetworkPolicy: 'gnp',
  KubernetesNetworkPolicy: 'knp',
  KubernetesClusterNetworkPolicy: 'kcnp',
  KubernetesAdminNetworkPolicy: 'kanp',
  KubernetesBaselineAdminNetworkPolicy: 'kbanp',
  StagedNetworkPolicy: 'snp',
  StagedGlobalNetworkPolicy: 'sgnp',
  StagedKubernetesNetworkPolicy: 'sknp',
}

/** `np:shop/allow-web`, or `gnp:default-deny` without a namespace, as Calico's flow logs write it. */
export function formatPolicyRef(ref: PolicyRef): string {
  const name = ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`
  return `${shortKinds[ref.kind]}:${name}`
}
