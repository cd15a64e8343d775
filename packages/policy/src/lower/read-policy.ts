/** From policy resources of all APIs to what lowering reads of them: a name, a v3 spec, and whom it is for. */
import {
  type AdminNetworkPolicy,
  type BaselineAdminNetworkPolicy,
  type ClusterNetworkPolicy,
  type ConvertedPolicy,
  convertAdminNetworkPolicy,
  convertClusterNetworkPolicy,
  convertNetworkPolicy,
  type GlobalNetworkPolicy,
  type KubernetesNetworkPolicy,
  type NetworkPolicy,
  type Node,
  type PolicyKind,
  type Resource,
  type Rule as RuleSpec,
  type Selector,
} from '@margay/resources'
import type { PolicyRef } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import { globalSubject, namespacedSubject } from './lower-selector.ts'

export interface PolicySource {
  readonly ref: PolicyRef
  readonly spec: PolicySpec
  /** Throws SelectorError where it can't be read. */
  readonly subject: () => Selector
  /** For each rule, the index of the rule that a person wrote; the rule's own index by default. */
  readonly origins?: { readonly ingress: readonly number[]; readonly egress: readonly number[] }
  /** What conversion left out, and why. */
  readonly issues: readonly string[]
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

/**
 * Undefined for what is no policy, and for a policy that is as if it did not exist. `nodes` are those whose addresses the
 * `nodes` peers of a cluster administrator's policy mean. Equal arguments are read alike.
 */
export function readPolicy(resource: Resource, nodes: readonly Node[]): PolicySource | undefined {
  switch (resource.kind) {
    case 'NetworkPolicy':
      if (resource.apiVersion === 'projectcalico.org/v3') return readNetworkPolicy(resource)
      return readKubernetesNetworkPolicy(resource)
    case 'GlobalNetworkPolicy':
      return readGlobalNetworkPolicy(resource)
    case 'ClusterNetworkPolicy':
      return readClusterNetworkPolicy(resource, nodes)
    case 'AdminNetworkPolicy':
    case 'BaselineAdminNetworkPolicy':
      return readAdminNetworkPolicy(resource, nodes)
    default:
      return undefined
  }
}

function readNetworkPolicy({ metadata, spec = {} }: NetworkPolicy): PolicySource {
  const { name, namespace = '' } = metadata
  return {
    ref: { kind: 'NetworkPolicy', namespace, name },
    spec,
    subject: () => namespacedSubject(spec, namespace),
    issues: [],
  }
}

function readGlobalNetworkPolicy({ metadata, spec = {} }: GlobalNetworkPolicy): PolicySource {
  return {
    ref: { kind: 'GlobalNetworkPolicy', namespace: '', name: metadata.name },
    spec,
    subject: () => globalSubject(spec),
    issues: [],
  }
}

function readKubernetesNetworkPolicy(policy: KubernetesNetworkPolicy): PolicySource {
  const { name, namespace = '' } = policy.metadata
  const converted = convertNetworkPolicy(policy)
  const spec = converted.policy.spec ?? {}
  return {
    ref: { kind: 'KubernetesNetworkPolicy', namespace, name },
    spec,
    subject: () => namespacedSubject(spec, namespace),
    ...factsOf(converted),
  }
}

/** Undefined for a policy of an unknown tier or without a subject, which is as if it did not exist (spec 5.5). */
function readClusterNetworkPolicy(
  policy: ClusterNetworkPolicy,
  nodes: readonly Node[],
): PolicySource | undefined {
  const converted = convertClusterNetworkPolicy(policy, { nodes })
  return converted && readConverted(converted, 'KubernetesClusterNetworkPolicy')
}

/** Undefined for a policy without a subject. */
function readAdminNetworkPolicy(
  policy: AdminNetworkPolicy | BaselineAdminNetworkPolicy,
  nodes: readonly Node[],
): PolicySource | undefined {
  const converted = convertAdminNetworkPolicy(policy, { nodes })
  return converted && readConverted(converted, `Kubernetes${policy.kind}`)
}

function readConverted(converted: ConvertedPolicy<GlobalNetworkPolicy>, kind: PolicyKind): PolicySource {
  const { metadata, spec = {} } = converted.policy
  return {
    ref: { kind, namespace: '', name: metadata.name },
    spec,
    subject: () => globalSubject(spec),
    ...factsOf(converted),
  }
}

function factsOf({ ingressOrigins, egressOrigins, issues }: ConvertedPolicy<unknown>) {
  return { origins: { ingress: ingressOrigins, egress: egressOrigins }, issues: issues.map(textOf) }
}

function textOf({ path, message }: { readonly path: string; readonly message: string }): string {
  return `${path}: ${message}`
}
