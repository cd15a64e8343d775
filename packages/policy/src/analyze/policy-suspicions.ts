import type { KindDefinition, Resource, ResourceObject } from '@margay/resources'
import { type Suspicion, type SuspiciousSpec, suspicionsOf } from './suspicious.ts'
import {
  type AdminSpec,
  adminSuspicionsOf,
  type KubernetesSpec,
  kubernetesSuspicionsOf,
} from './suspicious-label-selectors.ts'

/** What is odd about an admitted object of whatever kind, by itself; nothing about those that are no policies. */
export function policySuspicions(
  { group, kind, notEnforcedYet }: Pick<KindDefinition, 'group' | 'kind' | 'notEnforcedYet'>,
  resource: Resource | ResourceObject,
): Suspicion[] {
  const spec = 'spec' in resource ? resource.spec : undefined
  const found = kind.endsWith('NetworkPolicy') && isObject(spec) ? inSpec(group, kind, spec) : []
  return notEnforcedYet ? [notEnforced(kind), ...found] : found
}

/** The spec has the shape of its kind, since it was admitted. */
function inSpec(group: string, kind: string, spec: object): Suspicion[] {
  if (group === 'policy.networking.k8s.io') return adminSuspicionsOf(spec as AdminSpec)
  if (group === 'networking.k8s.io' || kind === 'StagedKubernetesNetworkPolicy')
    return kubernetesSuspicionsOf(spec as KubernetesSpec)
  return suspicionsOf(spec as SuspiciousSpec)
}

/** Whoever writes such a policy must not rely on it. */
function notEnforced(kind: string): Suspicion {
  const message = `${kind} is not enforced yet: this policy is stored, and no traffic is allowed or denied by it; a ClusterNetworkPolicy is enforced`
  return { path: '', message }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
