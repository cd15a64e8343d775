/**
 * The rules that choose by the class of a packet's address.
 *
 * The class is read once for each kind of address, in one rule, and that rule always ends for an address that it knows: a packet
 * that is under way while addresses come to other classes finds the one or the other, and never a part of each.
 */
import type { Expression, NftElement, NftRule, NftSet } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import * as bytes from './bytes.ts'
import { type ClassMaps, noNumber } from './class-maps.ts'
import { datumFrom, goToVerdict, ipAddress, loadMark, rule, throughMark, verdictFrom } from './expressions.ts'

/** By what the choice is made: by the class alone, by which of some criteria it meets, or by both. */
export type ChooserKind = 'Fine' | 'Wide' | 'Both'

export interface ChooserShape {
  readonly kind: ChooserKind
  /** Class ▶ verdict, or for `Both` class ▶ row. Not there for `Wide`. */
  readonly fine: NftSet
  /** Number of the criteria that are met, with the row for `Both`, ▶ verdict. Not there for `Fine`. */
  readonly verdicts: NftSet
}

/** `size`: how many elements each may hold; any number without it. */
export function chooserShape(kind: ChooserKind, name: string, size?: number): ChooserShape {
  const data = kind === 'Both' ? (['mark'] as const) : 'verdict'
  const key = kind === 'Both' ? (['mark', 'mark'] as const) : (['mark'] as const)
  const room = size === undefined ? {} : { size }
  return {
    kind,
    fine: { name: `${name}-classes`, key: ['mark'], data, ...room },
    verdicts: { name: `${name}-rows`, key, data: 'verdict', ...room },
  }
}

/** Class of a range of addresses ▶ verdict. */
export function rangesMap(name: string): NftSet {
  return { name: `${name}-ranges`, key: ['mark'], data: 'verdict' }
}

/** Number of traits ▶ number of the criteria that are among them. */
export function wideMap(name: string): NftSet {
  return { name, key: ['mark'], data: ['mark'] }
}

export function setsOf({ kind, fine, verdicts }: ChooserShape): NftSet[] {
  return { Fine: [fine], Wide: [verdicts], Both: [fine, verdicts] }[kind]
}

/** For classes without an element of their own. */
export function elsewhereElements(
  { kind, fine, verdicts }: ChooserShape,
  chain: string,
): [NftSet, NftElement][] {
  const verdict = { key: undefined, data: goToVerdict(chain) }
  if (kind === 'Fine') return [[fine, verdict]]
  const noRow: [NftSet, NftElement][] = [[fine, noNumberElement]]
  return kind === 'Wide' ? [[verdicts, verdict]] : [...noRow, [verdicts, verdict]]
}

export const noNumberElement: NftElement = { key: undefined, data: bytes.hostInt(noNumber) }

export interface ChooserPlace {
  readonly version: IpVersion
  readonly side: 'saddr' | 'daddr'
  readonly maps: ClassMaps
  /** Of a shape that has one. */
  readonly wide: string | undefined
}

/**
 * For addresses that `hosts` has. The look-up fills two registers, of which nft(8) 1.0.6 only knows the first: it complains where the second is
 * read, unless something was loaded there before.
 */
export function hostsRule(shape: ChooserShape, { version, side, maps, wide = '' }: ChooserPlace): NftRule {
  const [address, found] = [4, 0]
  return rule(
    ipAddress(side, version, address),
    shape.kind === 'Fine' ? [] : loadMark(found + 1),
    datumFrom(maps.hosts.name, address, found),
    choice(shape, wide),
  )
}

/** For all other addresses: by a map of their own, which has few classes. */
export function rangesRule(ranges: NftSet, { version, side, maps }: ChooserPlace): NftRule {
  const address = 4
  return rule(
    ipAddress(side, version, address),
    datumFrom(maps.ranges.name, address, 0),
    throughMark(0),
    verdictFrom(ranges.name, 0),
  )
}

/** From the class in register 0, and the number of its traits in register 1. */
function choice({ kind, fine, verdicts }: ChooserShape, wide: string): Expression[] {
  switch (kind) {
    case 'Fine':
      return [...throughMark(0), verdictFrom(fine.name, 0)]
    case 'Wide':
      return [...throughMark(1), datumFrom(wide, 1, 2), ...throughMark(2), verdictFrom(verdicts.name, 2)]
    case 'Both':
      return [
        ...throughMark(0, 1),
        datumFrom(fine.name, 0, 2),
        datumFrom(wide, 1, 3),
        ...throughMark(2, 3),
        verdictFrom(verdicts.name, 2),
      ]
  }
}
