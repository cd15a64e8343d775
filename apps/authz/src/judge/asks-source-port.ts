import type { EffectivePolicy } from '@margay/policy'

/** An effective policy is the same object as long as nothing changes about it. */
const known = new WeakMap<EffectivePolicy, boolean>()

/**
 * Does a rule ask from which port a connection comes? Where the proxy does not say it, nothing is known of such a rule: it might be one that
 * denies.
 */
export function asksSourcePort(policy: EffectivePolicy): boolean {
  const answer = known.get(policy)
  if (answer !== undefined) return answer
  const asks = policy.tiers.some(({ policies }) =>
    policies.some(({ ingress, egress }) =>
      (policy.direction === 'Ingress' ? ingress : egress).some(
        ({ source }) => source.ports !== undefined || source.notPorts !== undefined,
      ),
    ),
  )
  known.set(policy, asks)
  return asks
}
