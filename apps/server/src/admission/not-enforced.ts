/** Policies that are stored and checked and change nothing yet: whoever writes one must not rely on it. */
import type { KindDefinition } from '@margay/resources'

export function notEnforcedWarnings({ kind, notEnforcedYet }: KindDefinition): string[] {
  if (!notEnforcedYet) return []
  return [
    `${kind} is not enforced yet: this policy is stored, and no traffic is allowed or denied by it; a ClusterNetworkPolicy is enforced`,
  ]
}
