import type { Resource } from '@margay/resources'

/**
 * The policy that a staged one would become; others as they are. Undefined for one that would only delete.
 *
 * Source  spec/api.md 1.3 and 7.
 */
export function enforcedForm(policy: Resource): Resource | undefined {
  const { kind } = policy
  if (!kind.startsWith('Staged')) return policy
  const { stagedAction, ...spec } = ('spec' in policy ? policy.spec : {}) as { stagedAction?: string }
  if (stagedAction === 'Delete') return undefined
  const isKubernetes = kind === 'StagedKubernetesNetworkPolicy'
  return {
    ...policy,
    apiVersion: isKubernetes ? 'networking.k8s.io/v1' : policy.apiVersion,
    kind: isKubernetes ? 'NetworkPolicy' : kind.slice('Staged'.length),
    spec,
  } as unknown as Resource
}
