/** Interface ▶ the chain of its endpoint's group. Which interface is in which slot: live/slots.ts. */
import type { NftElement, NftRule, NftSet } from '@margay/netlink/nftables'
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction } from '@margay/policy'
import type { Assignment, Group } from '../decide/group.ts'
import * as bytes from './bytes.ts'
import type { ChainNames } from './chain-names.ts'
import {
  datumFrom,
  drop,
  equals,
  family,
  goTo,
  ipAddress,
  jumpVerdict,
  rule,
  throughMark,
  verdictFrom,
} from './expressions.ts'

export const versions: readonly IpVersion[] = [4, 6]

/** What is looked up for the packets of one direction and IP version. */
export interface PodMaps {
  readonly direction: Direction
  readonly version: IpVersion
  /** Interface ▶ number of a slot. */
  readonly pods: NftSet
  /** Number of a slot ▶ its chain. */
  readonly slots: NftSet
}

/** Later maps of pods have a higher edition. */
export function podMaps(direction: Direction, version: IpVersion, edition: number): PodMaps {
  const end = direction === 'Egress' ? 'from' : 'to'
  const suffix = edition === 0 ? '' : `.${edition}`
  return {
    direction,
    version,
    pods: { name: `${end}-pods-${version}${suffix}`, key: ['ifname'], data: ['mark'] },
    slots: { name: `${end}-slots-${version}`, key: ['mark'], data: 'verdict' },
  }
}

/** One rule, which ends for every interface that is there. */
export function podRule({ direction, version, pods, slots }: PodMaps): NftRule {
  return rule(
    family(version),
    { type: 'meta', key: direction === 'Egress' ? 'iifname' : 'oifname', to: 0 },
    datumFrom(pods.name, 0, 0),
    throughMark(0),
    verdictFrom(slots.name, 0),
  )
}

/** `name` is the endpoint's, for people. */
export function podElement(interfaceName: string, slot: number, name: string): NftElement {
  return {
    key: bytes.interfaceName(interfaceName),
    data: bytes.hostInt(slot),
    comment: name.slice(0, 127),
  }
}

/** By a jump: whatever makes a chain look empty then comes back to a rule that drops. Source: docs/adr/0010. */
export function slotElement(slot: number, chain: string): NftElement {
  return { key: bytes.hostInt(slot), data: jumpVerdict(chain) }
}

/** Where packets of an endpoint are led. */
export interface Lead {
  /** Equal for equal rules. */
  readonly text: string
  readonly rules: readonly NftRule[]
}

export function leadOf(assignment: Assignment, names: ChainNames): Lead {
  const { stage, direction, version, groups } = assignment
  if (groups === undefined) return leadTo(names.ofStage(stage, version))
  const [only] = groups.keys()
  if (groups.size === 1 && only !== undefined) return leadTo(names.ofGroup(only))
  const side = direction === 'Egress' ? 'saddr' : 'daddr'
  const rules = [...groups].flatMap(([group, addresses]) => ownRules(group, addresses, side, names))
  const own = [...groups].map(([group, addresses]) => [
    names.ofGroup(group),
    addresses.map(({ value }) => String(value)),
  ])
  return { text: JSON.stringify(own), rules: [...rules, rule(drop)] }
}

function leadTo(chain: string): Lead {
  return { text: chain, rules: [rule(goTo(chain))] }
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
