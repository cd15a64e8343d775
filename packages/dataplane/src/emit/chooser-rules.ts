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
import { datumFrom, goToVerdict, ipAddress, rule, throughMark, verdictFrom } from './expressions.ts'

/** By what the choice is made: by the class alone, by which of some criteria it meets, or by both. */
export type ChooserKind = 'Fine' | 'Wide' | 'Both'

export interface ChooserShape {
  readonly kind: ChooserKind
  /** Class ▶ verdict, or for `Both` class ▶ row. Not there for `Wide`. */
  readonly fine: NftSet
  /** Number of the criteria that are met, with the row for `Both`, ▶ verdict. Not there for `Fine`. */
  readonly verdicts: NftSet
}

export function chooserShape(kind: ChooserKind, name: string): ChooserShape {
  const data = kind === 'Both' ? (['mark'] as const) : 'verdict'
  const key = kind === 'Both' ? (['mark', 'mark'] as const) : (['mark'] as const)
  return {
    kind,
    fine: { name: `${name}-classes`, key: ['mark'], data },
    verdicts: { name: `${name}-rows`, key, data: 'verdict' },
  }
}

/** Class ▶ number of its traits. */
export function traitsMap(name: string): NftSet {
  return { name, key: ['mark'], data: ['mark'] }
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
  /** Of a shape that has them. */
  readonly traits: string
  readonly wide: string | undefined
}

export function chooserRules(shape: ChooserShape, place: ChooserPlace): NftRule[] {
  const address = 4
  return [place.maps.hosts, place.maps.ranges].map(({ name }) =>
    rule(
      ipAddress(place.side, place.version, address),
      datumFrom(name, address, 0),
      throughMark(0),
      choice(shape, place),
    ),
  )
}

/** From the class in register 0. */
function choice({ kind, fine, verdicts }: ChooserShape, { traits, wide = '' }: ChooserPlace): Expression[] {
  switch (kind) {
    case 'Fine':
      return [verdictFrom(fine.name, 0)]
    case 'Wide':
      return [
        datumFrom(traits, 0, 0),
        ...throughMark(0),
        datumFrom(wide, 0, 0),
        ...throughMark(0),
        verdictFrom(verdicts.name, 0),
      ]
    case 'Both':
      return [
        datumFrom(fine.name, 0, 1),
        datumFrom(traits, 0, 2),
        ...throughMark(2),
        datumFrom(wide, 2, 2),
        ...throughMark(1, 2),
        verdictFrom(verdicts.name, 1),
      ]
  }
}
