/** Policies that are stored and checked and change nothing yet: whoever writes one must not rely on it. */
import type { KindDefinition } from '@margay/resources'

const kindsWithoutEffect = new Set(['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'])

export function notEnforcedWarnings({ group, kind }: KindDefinition): string[] {
  if (group !== 'policy.networking.k8s.io' || !kindsWithoutEffect.has(kind)) return []
  return [
    `${kind} is not enforced yet: this policy is stored, and no traffic is allowed or denied by it; a ClusterNetworkPolicy is enforced`,
  ]
}
