/** Interface ▶ the chain of its endpoint's group. Which interface is in which slot: live/slots.ts. */
import type { Expression, NftElement, NftRule, NftSet } from '@margay/netlink/nftables'
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction } from '@margay/policy'
import type { Assignment, Group, Jury } from '../decide/group.ts'
import * as bytes from './bytes.ts'
import type { ChainNames } from './chain-names.ts'
import {
  datumFrom,
  drop,
  equals,
  family,
  goTo,
  ipAddress,
  jump,
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

/** What staged policies would do is counted first, and comes back. */
export function leadOf(assignment: Assignment, names: ChainNames): Lead {
  const enforced = leadTo(assignment, assignment, goTo, names)
  const rules = enforced.endsElsewhere ? [...enforced.rules, rule(drop)] : enforced.rules
  if (assignment.staged === undefined) return { text: enforced.text, rules }
  const staged = leadTo(assignment, assignment.staged, jump, names)
  return { text: JSON.stringify([staged.text, enforced.text]), rules: [...staged.rules, ...rules] }
}

type Place = Pick<Assignment, 'direction' | 'version'>

interface PartialLead extends Lead {
  /** For packets of other addresses. */
  readonly endsElsewhere: boolean
}

function leadTo(
  { direction, version }: Place,
  { stage, groups }: Jury,
  go: (chain: string) => Expression,
  names: ChainNames,
): PartialLead {
  const whole = (chain: string) => ({ text: chain, rules: [rule(go(chain))], endsElsewhere: false })
  if (groups === undefined) return whole(names.ofStage(stage, version))
  const [only] = groups.keys()
  if (groups.size === 1 && only !== undefined) return whole(names.ofGroup(only))
  const side = direction === 'Egress' ? 'saddr' : 'daddr'
  const rules = [...groups].flatMap(([group, addresses]) =>
    ownRules(group, addresses, side, go(names.ofGroup(group))),
  )
  const own = [...groups].map(([group, addresses]) => [
    names.ofGroup(group),
    addresses.map(({ value }) => String(value)),
  ])
  return { text: JSON.stringify(own), rules, endsElsewhere: true }
}

function ownRules(
  { version }: Group,
  addresses: readonly Ip[],
  side: 'saddr' | 'daddr',
  go: Expression,
): NftRule[] {
  return addresses.map((address) => rule(ipAddress(side, version, 0), equals(0, bytes.address(address)), go))
}
