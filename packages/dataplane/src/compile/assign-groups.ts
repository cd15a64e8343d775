/** Which group governs each address of each local endpoint, in each direction. */
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction, Endpoint, PolicyState } from '@margay/policy'
import { type Group, type GroupEnd, Groups } from '../decide/group.ts'

export interface Assignment {
  readonly endpoint: Endpoint
  readonly direction: Direction
  readonly version: IpVersion
  /** Never empty. Most endpoints have one address of a version, and all of them one group. */
  readonly groups: ReadonlyMap<Group, readonly Ip[]>
}

/** In the order of the endpoints. Cost: O(endpoints × policies that may select them). */
export function assignGroups(state: PolicyState, local: readonly Endpoint[]): Assignment[] {
  const groups = new Groups()
  return local.flatMap((endpoint) =>
    (['Egress', 'Ingress'] as const).flatMap((direction) => {
      const { tiers } = state.effectivePolicy(endpoint, direction)
      const end = endOf(endpoint)
      const byVersion = Map.groupBy(endpoint.addresses, ({ version }) => version)
      return [...byVersion].map(([version, addresses]) => ({
        endpoint,
        direction,
        version,
        groups: Map.groupBy(addresses, (address) =>
          groups.groupOf(tiers, end, direction, { endpoint, address }),
        ),
      }))
    }),
  )
}

/** Where no tier decided, the first profile with rules does; without one it is Deny. */
function endOf({ profiles }: Endpoint): GroupEnd {
  const profile = profiles.find(({ action }) => action !== 'None')
  return profile === undefined
    ? { verdict: 'Deny', reason: 'no profile' }
    : {
        verdict: profile.action === 'Allow' ? 'Allow' : 'Deny',
        reason: `profile ${profile.name}: ${profile.action}`,
      }
}
