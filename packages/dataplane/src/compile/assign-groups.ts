/** Which group governs each address of each local endpoint, in each direction. */
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction, Endpoint } from '@margay/policy'
import type { Group, Groups } from '../decide/group.ts'
import { answersAt } from '../decide/peer-rule.ts'
import type { Stages } from './stages.ts'

export interface Assignment {
  readonly endpoint: Endpoint
  readonly direction: Direction
  readonly version: IpVersion
  /** Never empty. Most endpoints have one address of a version, and all of them one group. */
  readonly groups: ReadonlyMap<Group, readonly Ip[]>
}

/** In the order of the endpoints. Cost: O(endpoints × policies that may select them). */
export function assignGroups(stages: Stages, groups: Groups, local: readonly Endpoint[]): Assignment[] {
  return local.flatMap((endpoint) =>
    (['Egress', 'Ingress'] as const).flatMap((direction) => {
      const stage = stages.ofWorkload(endpoint, direction)
      const byVersion = Map.groupBy(endpoint.addresses, ({ version }) => version)
      return [...byVersion].map(([version, addresses]) => ({
        endpoint,
        direction,
        version,
        groups: Map.groupBy(addresses, (address) =>
          groups.groupOf(stage, version, answersAt({ endpoint, address }, direction)),
        ),
      }))
    }),
  )
}
