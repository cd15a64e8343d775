/** Interface ▶ the chain of its endpoint's group; and which addresses may be behind which interface. */
import type { ChainContent, NftElement, NftRule, SetContent } from '@margay/netlink/nftables'
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction } from '@margay/policy'
import type { Assignment, Group } from '../decide/group.ts'
import type { Names } from '../nft/names.ts'
import * as bytes from './bytes.ts'
import type { ChainNames } from './chain-names.ts'
import { drop, equals, goTo, ipAddress, jumpVerdict, rule } from './expressions.ts'

export const versions: readonly IpVersion[] = [4, 6]

export function dispatchMap(direction: Direction, version: IpVersion): string {
  return `${direction === 'Egress' ? 'from' : 'to'}-pods-${version}`
}

export interface Dispatch {
  readonly sets: readonly SetContent[]
  /** For endpoints with several addresses that are not governed alike. */
  readonly chains: readonly ChainContent[]
}

export function dispatch(assignments: readonly Assignment[], groupNames: ChainNames, names: Names): Dispatch {
  const chains: ChainContent[] = []
  const elementsByMap = new Map<string, NftElement[]>(
    versions.flatMap((version) => [
      [dispatchMap('Egress', version), []],
      [dispatchMap('Ingress', version), []],
    ]),
  )
  for (const assignment of assignments) {
    const { endpoint, direction, version } = assignment
    const chain = chainOf(assignment, groupNames, names)
    if (typeof chain !== 'string') chains.push(chain)
    elementsByMap.get(dispatchMap(direction, version))?.push({
      key: bytes.interfaceName(endpoint.interfaceName),
      data: jumpVerdict(typeof chain === 'string' ? chain : chain.chain.name),
      comment: endpoint.key.slice(0, 127),
    })
  }
  const sets = [...elementsByMap].map(
    ([name, elements]): SetContent => ({ set: { name, key: ['ifname'], data: 'verdict' }, elements }),
  )
  return { sets, chains }
}

function chainOf(assignment: Assignment, groupNames: ChainNames, names: Names): string | ChainContent {
  const { endpoint, direction, version, groups } = assignment
  if (groups === undefined) return groupNames.ofStage(assignment.stage, version)
  const [only] = groups.keys()
  if (groups.size === 1 && only !== undefined) return groupNames.ofGroup(only)
  const name = names.name(`own-${direction === 'Egress' ? 'e' : 'i'}-${version}-`, '', endpoint.key)
  const side = direction === 'Egress' ? 'saddr' : 'daddr'
  const rules = [...groups].flatMap(([group, addresses]) => ownRules(group, addresses, side, groupNames))
  return { chain: { name, comment: endpoint.key.slice(0, 127) }, rules: [...rules, rule(drop)] }
}

function ownRules(
  group: Group,
  addresses: readonly Ip[],
  side: 'saddr' | 'daddr',
  groupNames: ChainNames,
): NftRule[] {
  return addresses.map((address) =>
    rule(
      ipAddress(side, group.version, 0),
      equals(0, bytes.address(address)),
      goTo(groupNames.ofGroup(group)),
    ),
  )
}
