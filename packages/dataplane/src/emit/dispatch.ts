/** Interface ▶ the chain of its endpoint's group; and which addresses may be behind which interface. */
import type { ChainContent, NftElement, NftRule, SetContent } from '@margay/netlink/nftables'
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction } from '@margay/policy'
import type { Assignment, Group } from '../decide/group.ts'
import * as bytes from './bytes.ts'
import type { ChainNames } from './chain-names.ts'
import { drop, equals, goTo, ipAddress, jumpVerdict, rule } from './expressions.ts'

export const versions: readonly IpVersion[] = [4, 6]

export function dispatchMap(direction: Direction, version: IpVersion): string {
  return `${direction === 'Egress' ? 'from' : 'to'}-pods-${version}`
}

export interface Dispatch {
  readonly sets: readonly SetContent[]
  /** One for each endpoint, direction and IP version. */
  readonly chains: readonly ChainContent[]
}

/**
 * An endpoint has a chain of its own, which leads on to its group's: when it comes under another group, that one rule changes, and
 * every packet sees the one or the other. An element of a map would be looked up in the midst of a packet's way.
 */
export function dispatch(assignments: readonly Assignment[], groupNames: ChainNames): Dispatch {
  const byMap = Map.groupBy(assignments, ({ direction, version }) => dispatchMap(direction, version))
  const names = (['Egress', 'Ingress'] as const).flatMap((direction) =>
    versions.map((version) => dispatchMap(direction, version)),
  )
  return {
    sets: names.map((name) => dispatchSet(name, byMap.get(name) ?? [])),
    chains: assignments.map((assignment) => endpointChain(assignment, groupNames)),
  }
}

function dispatchSet(name: string, assignments: readonly Assignment[]): SetContent {
  const elements = assignments.map(
    (assignment): NftElement => ({
      key: bytes.interfaceName(assignment.endpoint.interfaceName),
      data: jumpVerdict(chainName(assignment)),
      comment: assignment.endpoint.key.slice(0, 127),
    }),
  )
  return { set: { name, key: ['ifname'], data: 'verdict' }, elements }
}

function chainName({ endpoint, direction, version }: Assignment): string {
  return `${direction === 'Egress' ? 'from' : 'to'}-${endpoint.interfaceName}-${version}`
}

function endpointChain(assignment: Assignment, groupNames: ChainNames): ChainContent {
  return { chain: { name: chainName(assignment) }, rules: endpointRules(assignment, groupNames) }
}

function endpointRules({ stage, direction, version, groups }: Assignment, groupNames: ChainNames): NftRule[] {
  if (groups === undefined) return [rule(goTo(groupNames.ofStage(stage, version)))]
  const [only] = groups.keys()
  if (groups.size === 1 && only !== undefined) return [rule(goTo(groupNames.ofGroup(only)))]
  const side = direction === 'Egress' ? 'saddr' : 'daddr'
  const rules = [...groups].flatMap(([group, addresses]) => ownRules(group, addresses, side, groupNames))
  return [...rules, rule(drop)]
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
