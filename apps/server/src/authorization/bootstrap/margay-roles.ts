/**
 * Roles for those who work with tiers and policies, ready to bind; nobody has one from the start but the nodes' agents.
 *
 * Source  spec/api.md section 6 (what `tier.RESOURCE` and its names mean).
 */
import { type ClusterRole, type PolicyRule, rbacGroup } from '@margay/resources'
import { calicoGroup } from '../tiers/tier-rules.ts'
import { allVerbs, clusterRole, named, readVerbs, rule } from './rule.ts'

const enforced = ['tier.networkpolicies', 'tier.globalnetworkpolicies']
const staged = ['tier.stagednetworkpolicies', 'tier.stagedglobalnetworkpolicies']
const inNamespace = ['tier.networkpolicies', 'tier.stagednetworkpolicies']
const sets = ['networksets', 'globalnetworksets']
/** They fill sets: whoever may write the one may write the other. */
const feeds = ['globalthreatfeeds']
const adminPolicies = ['adminnetworkpolicies', 'baselineadminnetworkpolicies', 'clusternetworkpolicies']

const assertionGroup = 'policy.margay.io'
/** Whoever writes policies may see what can refuse them. */
const readAssertions = rule(assertionGroup, ['networkassertions'], readVerbs)

const getTiers = rule(calicoGroup, ['tiers'], ['get'])
const readTiers = rule(calicoGroup, ['tiers'], readVerbs)

/** What the operator is told, which counts as a setting of all nodes. */
const readInstallations = rule('operator.tigera.io', ['installations'], readVerbs)

/** What policies speak of: whoever writes them has to see it. */
const surroundings: readonly PolicyRule[] = [
  rule('', ['namespaces', 'pods', 'serviceaccounts', 'services'], readVerbs),
  rule('discovery.k8s.io', ['endpointslices'], readVerbs),
]

export const margayRoles: readonly ClusterRole[] = [
  clusterRole('margay:tier-reader', [readTiers, rule(calicoGroup, [...enforced, ...staged], readVerbs)]),
  clusterRole('margay:tier-editor', [
    rule(calicoGroup, ['tiers'], allVerbs),
    rule(calicoGroup, [...enforced, ...staged, ...sets, ...feeds], allVerbs),
    readAssertions,
    ...surroundings,
  ]),
  clusterRole('margay:default-tier-getter', [named(getTiers, 'default')]),
  clusterRole('margay:policy-author', [
    named(rule(calicoGroup, inNamespace, allVerbs), 'default.*'),
    rule(calicoGroup, ['networksets', 'stagedkubernetesnetworkpolicies'], allVerbs),
    rule('networking.k8s.io', ['networkpolicies'], allVerbs),
    readAssertions,
    ...surroundings,
  ]),
  clusterRole('margay:assertion-editor', [
    rule(assertionGroup, ['networkassertions'], allVerbs),
    ...surroundings,
  ]),
  clusterRole('margay:auditor', auditorRules()),
  clusterRole('margay:agent', agentRules()),
]

/** Sees every rule and right, and neither secrets nor settings. */
function auditorRules(): PolicyRule[] {
  return [
    readTiers,
    rule(
      calicoGroup,
      [...enforced, ...staged, ...sets, ...feeds, 'stagedkubernetesnetworkpolicies'],
      readVerbs,
    ),
    rule(calicoGroup, ['felixconfigurations', 'hostendpoints', 'ippools', 'profiles'], readVerbs),
    readInstallations,
    rule('networking.k8s.io', ['networkpolicies'], readVerbs),
    rule('policy.networking.k8s.io', adminPolicies, readVerbs),
    readAssertions,
    rule(rbacGroup, ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'], readVerbs),
    rule('', ['events', 'nodes'], readVerbs),
    ...surroundings,
    rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
  ]
}

/** Reads what decides about packets, and what would if it were enforced. It writes nothing by this role: that a node writes its own status and lease is a rule of its own. */
function agentRules(): PolicyRule[] {
  return [
    readTiers,
    rule(calicoGroup, [...enforced, ...staged, ...sets, 'stagedkubernetesnetworkpolicies'], readVerbs),
    rule(calicoGroup, ['felixconfigurations', 'hostendpoints', 'ippools', 'profiles'], readVerbs),
    readInstallations,
    rule('networking.k8s.io', ['networkpolicies'], readVerbs),
    rule('policy.networking.k8s.io', adminPolicies, readVerbs),
    rule('', ['nodes'], readVerbs),
    ...surroundings,
  ]
}
