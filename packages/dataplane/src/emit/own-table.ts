/**
 * Class of a packet's own side ▶ the chain of its group: for host endpoints, behind which there are many addresses, and whose rules
 * ask about both sides.
 */
import type { ChainContent, NftElement, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { PeerClass } from '@margay/policy'
import type { Group, Stage } from '../decide/group.ts'
import { hash64 } from '../nft/hash.ts'
import { type ClassNumbers, classSources, type Edition, sourceOf } from './address-maps.ts'
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
  readonly chainFor: (edition: Edition) => ChainContent
  readonly set: SetContent
}

/** The map is named for what it holds, and is never changed, as those of groups. */
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
  const map = `${name}-${versionOf(elements)}`
  const side = ownSide(stage.direction)
  const lookUps = (edition: Edition) =>
    classSources
      .filter((source) => present.has(source))
      .map((source) =>
        rule(loadClass({ source, version, edition }, side, []), throughMark(0), verdictFrom(map, 0)),
      )
  const end = rule(goTo(chainOf(elsewhere)))
  return {
    chainFor: (edition) => ({ chain: { name }, rules: [...lookUps(edition), end] }),
    set: { set: { name: map, key: ['mark'], data: 'verdict' }, elements },
  }
}

/** Equal whenever they are the same. */
function versionOf(elements: readonly NftElement[]): string {
  const lines = elements.map(({ key, data }) => `${key?.join(',')} ${JSON.stringify(data)}`)
  return hash64(lines.sort().join('\n')).toString(36)
}
