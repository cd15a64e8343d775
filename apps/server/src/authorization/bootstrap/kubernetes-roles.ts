/**
 * The cluster roles that every Kubernetes cluster has, as far as they matter for the kinds that are here.
 *
 * Source  Kubernetes RBAC, "Default roles and role bindings"; `bootstrappolicy` of its RBAC authorizer.
 */
import { type ClusterRole, type PolicyRule, rbacGroup } from '@margay/resources'
import { allVerbs, clusterRole, paths, readVerbs, rule, writeVerbs } from './rule.ts'

const aggregateTo = (role: string) => ({ [`${rbacGroup}/aggregate-to-${role}`]: 'true' })

/** What may be read in a namespace by those who may read it: no secrets, since they are a way to other rights. */
const viewed: readonly PolicyRule[] = [
  rule('', ['configmaps', 'events', 'pods', 'pods/status', 'serviceaccounts', 'services'], readVerbs),
  rule('', ['namespaces', 'namespaces/status'], readVerbs),
  rule('discovery.k8s.io', ['endpointslices'], readVerbs),
  rule('networking.k8s.io', ['networkpolicies'], readVerbs),
  rule('projectcalico.org', ['networksets', 'stagedkubernetesnetworkpolicies'], readVerbs),
]

const edited: readonly PolicyRule[] = [
  rule('', ['secrets'], readVerbs),
  rule('', ['serviceaccounts'], ['impersonate']),
  rule('', ['configmaps', 'events', 'pods', 'secrets', 'serviceaccounts', 'services'], writeVerbs),
  rule('', ['serviceaccounts/token'], ['create']),
  rule('coordination.k8s.io', ['leases'], allVerbs),
  rule('networking.k8s.io', ['networkpolicies'], writeVerbs),
  rule('projectcalico.org', ['networksets', 'stagedkubernetesnetworkpolicies'], writeVerbs),
]

const administered: readonly PolicyRule[] = [
  rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
  rule(rbacGroup, ['roles', 'rolebindings'], allVerbs),
]

export const kubernetesRoles: readonly ClusterRole[] = [
  clusterRole('cluster-admin', [rule('*', ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }]),
  aggregated('admin', {}),
  aggregated('edit', aggregateTo('admin')),
  aggregated('view', aggregateTo('edit')),
  clusterRole('system:aggregate-to-admin', administered, aggregateTo('admin')),
  clusterRole('system:aggregate-to-edit', edited, aggregateTo('edit')),
  clusterRole('system:aggregate-to-view', viewed, aggregateTo('view')),
  clusterRole('system:basic-user', [
    rule('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
    rule('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
  ]),
  clusterRole('system:discovery', [
    paths('/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz'),
    paths('/version', '/version/'),
  ]),
  clusterRole('system:public-info-viewer', [paths('/healthz', '/livez', '/readyz', '/version', '/version/')]),
  clusterRole('system:service-account-issuer-discovery', [
    paths('/.well-known/openid-configuration', '/.well-known/openid-configuration/'),
    paths('/openid/v1/jwks', '/openid/v1/jwks/'),
  ]),
  clusterRole('system:auth-delegator', [
    rule('authentication.k8s.io', ['tokenreviews'], ['create']),
    rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
  ]),
]

/** `admin` takes in `edit`, and `edit` takes in `view`: each is selected by the label for the next. */
function aggregated(name: string, labels: Readonly<Record<string, string>>): ClusterRole {
  const { rules: _, ...role } = clusterRole(name, [], labels)
  return { ...role, aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] } }
}
