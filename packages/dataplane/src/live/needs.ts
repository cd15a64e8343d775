/** What endpoints and host endpoints need of the policy of an IP version: groups, and stages under which there are groups. */
import type { IpVersion } from '@margay/netset'
import type { HostAssignment } from '../compile/assign-hosts.ts'
import type { Assignment, Group, Jury, Stage } from '../decide/group.ts'
import { versions } from '../emit/dispatch.ts'

/** Of an IP version: a group, or a stage under which there are groups for each class of own addresses. */
export type Need =
  | { readonly version: IpVersion; readonly group: Group; readonly stage?: undefined }
  | { readonly version: IpVersion; readonly group?: undefined; readonly stage: Stage }

export function needsOf({ assignments }: { readonly assignments: readonly Assignment[] }): Need[] {
  return assignments.flatMap((assignment) =>
    juriesOf(assignment).flatMap(({ stage, groups }): Need[] => {
      const { version } = assignment
      return groups === undefined
        ? [{ version, stage }]
        : [...groups.keys()].map((group) => ({ version, group }))
    }),
  )
}

export function juriesOf(assignment: Assignment): Jury[] {
  return assignment.staged === undefined ? [assignment] : [assignment, assignment.staged]
}

export function needsOfHosts({ assignments }: { readonly assignments: readonly HostAssignment[] }): Need[] {
  return assignments.flatMap(({ stage }) => versions.map((version) => ({ version, stage })))
}
