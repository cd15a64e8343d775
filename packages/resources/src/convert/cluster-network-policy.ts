/** From a policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy to a v3 GlobalNetworkPolicy. Source: spec/api.md 5.5. */
import type { ClusterNetworkPolicy, ClusterPolicyProtocol } from '../kinds/cluster-network-policy/schema.ts'
import type { GlobalNetworkPolicy } from '../kinds/global-network-policy/schema.ts'
import type { Rule } from '../kinds/rule/schema.ts'
import { type ClusterPolicyContext, type ClusterRule, convertClusterPolicy } from './cluster-policy.ts'
import { convertProtocols } from './cluster-policy-protocol.ts'
import type { ConvertedPolicy } from './converted-policy.ts'

/** Undefined for an unknown tier, and without a subject: such a policy is as if it were not there. */
export function convertClusterNetworkPolicy(
  { metadata, spec }: ClusterNetworkPolicy,
  context: ClusterPolicyContext = {},
): ConvertedPolicy<GlobalNetworkPolicy> | undefined {
  const tier = tiers.get(spec.tier)
  if (tier === undefined) return undefined
  const { subject, priority, ingress = [], egress = [] } = spec
  const source = {
    metadata,
    tier,
    order: priority,
    subject,
    ingress: ingress.map(({ from, ...rule }) => readRule(rule, from)),
    egress: egress.map(({ to, ...rule }) => readRule(rule, to)),
    actions,
    namespacesPeer: 'pods and network sets',
  } as const
  return convertClusterPolicy(source, context)
}

const tiers: ReadonlyMap<string, string> = new Map([
  ['Admin', 'kube-admin'],
  ['Baseline', 'kube-baseline'],
])

const actions: ReadonlyMap<string, Rule['action']> = new Map([
  ['Accept', 'Allow'],
  ['Deny', 'Deny'],
  ['Pass', 'Pass'],
])

interface RuleHead {
  readonly name?: string
  readonly action: string
  readonly protocols?: readonly ClusterPolicyProtocol[]
}

function readRule({ protocols, ...head }: RuleHead, peers: ClusterRule['peers']): ClusterRule {
  return { ...head, peers, protocols: (path, log) => convertProtocols(protocols, `${path}.protocols`, log) }
}
