/**
 * From a policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy or BaselineAdminNetworkPolicy to a v3 GlobalNetworkPolicy.
 *
 * Each has a tier of its own, before and after those of namespaces, whose default action is Pass: so what no rule matches
 * goes on. Source: Kubernetes network policy API; spec/api.md 4 and 5.5.
 */
import type { AdminPolicyPort } from '../kinds/admin-network-policy/parts.ts'
import type { AdminNetworkPolicy } from '../kinds/admin-network-policy/schema.ts'
import type { BaselineAdminNetworkPolicy } from '../kinds/baseline-admin-network-policy/schema.ts'
import type { GlobalNetworkPolicy } from '../kinds/global-network-policy/schema.ts'
import type { Rule } from '../kinds/rule/schema.ts'
import { convertAdminPorts } from './admin-policy-ports.ts'
import { type ClusterPolicyContext, type ClusterRule, convertClusterPolicy } from './cluster-policy.ts'
import type { ConvertedPolicy } from './converted-policy.ts'

/** Undefined without a subject: such a policy is as if it were not there. A baseline policy has no order: there is only one. */
export function convertAdminNetworkPolicy(
  policy: AdminNetworkPolicy | BaselineAdminNetworkPolicy,
  context: ClusterPolicyContext = {},
): ConvertedPolicy<GlobalNetworkPolicy> | undefined {
  const { subject, ingress = [], egress = [] } = policy.spec
  const source = {
    metadata: policy.metadata,
    ...placeOf(policy),
    subject,
    ingress: ingress.map(({ from, ...rule }) => readRule(rule, from)),
    egress: egress.map(({ to, ...rule }) => readRule(rule, to)),
    actions,
    namespacesPeer: 'pods',
  } as const
  return convertClusterPolicy(source, context)
}

function placeOf(policy: AdminNetworkPolicy | BaselineAdminNetworkPolicy) {
  if (policy.kind === 'BaselineAdminNetworkPolicy') return { tier: 'baselineadminnetworkpolicy' }
  return { tier: 'adminnetworkpolicy', order: policy.spec.priority }
}

/** Validation takes Pass of an AdminNetworkPolicy only. */
const actions: ReadonlyMap<string, Rule['action']> = new Map([
  ['Allow', 'Allow'],
  ['Deny', 'Deny'],
  ['Pass', 'Pass'],
])

interface RuleHead {
  readonly name?: string
  readonly action: string
  readonly ports?: readonly AdminPolicyPort[]
}

function readRule({ ports, ...head }: RuleHead, peers: ClusterRule['peers']): ClusterRule {
  return { ...head, peers, protocols: (path, log) => convertAdminPorts(ports, `${path}.ports`, log) }
}
