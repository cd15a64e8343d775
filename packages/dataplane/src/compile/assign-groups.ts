/** Which group governs each address of each local endpoint, in each direction. */
import type { Ip, IpVersion } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import type { Assignment, Group, Jury, Stage } from '../decide/group.ts'
import type { Groups } from '../decide/groups.ts'
import { answersAt } from '../decide/peer-rule.ts'
import type { Stages } from './stages.ts'

/** In the order of the endpoints. Cost: O(endpoints × policies that may select them). */
export function assignGroups(
  { stages, groups }: { stages: Stages; groups: Groups },
  local: readonly Endpoint[],
  mayHavePrefixes: boolean,
): Assignment[] {
  return local.flatMap((endpoint) =>
    (['Egress', 'Ingress'] as const).flatMap((direction) => {
      const stage = stages.ofWorkload(endpoint, direction)
      const staged = stages.stagedOfWorkload(endpoint, direction)
      const isOpen = mayHavePrefixes && endpoint.allowedSourcePrefixes.length > 0
      return versionsOf(endpoint, isOpen).map((version): Assignment => {
        const own = { endpoint, direction, version }
        const jury = (stage: Stage): Jury => ({
          stage,
          groups: isOpen ? undefined : groupsOf({ ...own, stage }, groups),
        })
        return { ...own, ...jury(stage), staged: staged && jury(staged) }
      })
    }),
  )
}

function versionsOf({ addresses, allowedSourcePrefixes }: Endpoint, isOpen: boolean): IpVersion[] {
  return [...new Set([...addresses, ...(isOpen ? allowedSourcePrefixes : [])].map(({ version }) => version))]
}

function groupsOf(
  { endpoint, direction, version, stage }: Omit<Assignment, 'groups' | 'staged'>,
  groups: Groups,
): ReadonlyMap<Group, readonly Ip[]> {
  const addresses = endpoint.addresses.filter((address) => address.version === version)
  return Map.groupBy(addresses, (address) =>
    groups.groupOf(stage, version, answersAt({ endpoint, address }, direction)),
  )
}
