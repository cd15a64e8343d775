/**
 * Class of a packet's own side ▶ the chain of its group: for host endpoints, behind which there are many addresses, and whose rules
 * ask about both sides.
 */
import type { ChainContent, NftElement, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { PeerClass } from '@margay/policy'
import type { Group, Stage } from '../decide/group.ts'
import { type ClassNumbers, classSources, sourceOf } from './address-maps.ts'
import * as bytes from './bytes.ts'
import { goTo, goToVerdict, rule, throughMark, verdictFrom } from './expressions.ts'
import { loadClass, ownSide } from './load-class.ts'

export interface OwnGroups {
  readonly stage: Stage
  readonly version: IpVersion
  readonly byClass: ReadonlyMap<PeerClass, Group>
  /** For addresses of every other class. */
  readonly elsewhere: Group
}

export interface OwnTable {
  readonly chain: ChainContent
  readonly set: SetContent
}

export function ownTable(
  { stage, version, byClass, elsewhere }: OwnGroups,
  name: string,
  numbers: ClassNumbers,
  chainOf: (group: Group) => string,
): OwnTable {
  const elements = [...byClass].map(
    ([it, group]): NftElement => ({
      key: bytes.hostInt(numbers.of(version, it)),
      data: goToVerdict(chainOf(group)),
    }),
  )
  const present = new Set([...byClass.keys()].map(sourceOf))
  const lookUps = classSources
    .filter((source) => present.has(source))
    .map((source) =>
      rule(loadClass(source, version, ownSide(stage.direction), []), throughMark(0), verdictFrom(name, 0)),
    )
  return {
    chain: { chain: { name }, rules: [...lookUps, rule(goTo(chainOf(elsewhere)))] },
    set: { set: { name, key: ['mark'], data: 'verdict' }, elements },
  }
}
