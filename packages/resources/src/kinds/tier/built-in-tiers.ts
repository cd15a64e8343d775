import type { Tier } from './schema.ts'

/** The order of a tier that says none. Source: spec/api.md 1.1. */
export const defaultTierOrder = 1_000_000

/**
 * The tiers that always exist, in their order: tiers of equal order go by name. Order and default action are fixed.
 * Source: spec/api.md section 4, with the tiers of older releases for policy.networking.k8s.io/v1alpha1.
 */
export const builtInTiers: readonly Tier[] = [
  builtIn('adminnetworkpolicy', 1_000, 'Pass'),
  builtIn('kube-admin', 1_000, 'Pass'),
  builtIn('default', defaultTierOrder, 'Deny'),
  builtIn('baselineadminnetworkpolicy', 10_000_000, 'Pass'),
  builtIn('kube-baseline', 10_000_000, 'Pass'),
]

function builtIn(name: string, order: number, defaultAction: 'Deny' | 'Pass'): Tier {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata: { name },
    spec: { order, defaultAction },
  }
}
