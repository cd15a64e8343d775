/**
 * A chain that leads each packet to what is right for the class of its address: for the group of one endpoint, to what becomes of
 * packets between it and the class; for a host endpoint, to the group that governs the class.
 *
 * What it says of a class never changes, and a class without addresses may have rows or not: so rows can be added before the first
 * address leads to them.
 */
import type { ChainContent, NftRule, NftSet } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { Criterion, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import {
  type ChooserPlace,
  type ChooserShape,
  chooserShape,
  elsewhereElements,
  hostsRule,
  rangesRule,
  setsOf,
} from '../emit/chooser-rules.ts'
import { type ClassMaps, noNumber } from '../emit/class-maps.ts'
import { commented, counter, drop, goTo, goToVerdict, rule } from '../emit/expressions.ts'
import { Ids } from '../nft/ids.ts'
import type { ChooserTargets } from './chooser-targets.ts'
import type { ClassRows } from './class-rows.ts'
import type { LiveTable } from './live-table.ts'
import { RangeRows } from './range-rows.ts'
import type { WideMap, WideRows } from './wide-maps.ts'

export interface ChooserOptions {
  /** Of its chain. */
  readonly name: string
  /** How the names of its maps begin: where anything is decided otherwise, they need others. */
  readonly maps: string
  readonly version: IpVersion
  readonly side: 'saddr' | 'daddr'
  /** Decides nothing: a packet of which it knows nothing goes on. */
  readonly isStaged: boolean
  /** Those that few classes meet. */
  readonly narrow: readonly Criterion[]
  readonly wide: WideMap | undefined
  /** How many elements each of its maps may hold; any number without it. */
  readonly size: number | undefined
  /** It has no room for what it has to say: another has to take its place before addresses lead to anything new. */
  readonly onFull: (() => void) | undefined
  /** Where packets of a class go, or of classes that meet none of the criteria; counted until it is released. */
  readonly targets: ChooserTargets
}

/** Never met: every address has a class. */
const undecided = commented('an address without class', counter, drop)

interface Row {
  /** Each once. */
  readonly target: string
  /** Of the wide criteria that it meets; undefined where the class leads to a verdict at once. */
  readonly wide: number | undefined
}

export class Chooser implements ClassRows, WideRows {
  /** Those that few classes meet: for classes that meet none of them, what is said of wide ones counts. */
  readonly criteria: readonly Criterion[]
  readonly wide: WideMap | undefined
  /** What it says of the classes of ranges. */
  readonly ranges: RangeRows
  readonly #options: ChooserOptions
  readonly #shape: ChooserShape
  readonly #table: LiveTable
  readonly #elsewhere: string
  #isSuperseded = false
  #rangesAsked: NftSet | undefined
  #leastSize = 0
  readonly #rows = new Map<number, Row>()
  readonly #rowIds = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #wideTargets: string[] = []
  /** How many classes lead to a verdict, by its row and the number of wide criteria. */
  readonly #verdictUsers = new Map<string, number>()

  constructor(table: LiveTable, options: ChooserOptions) {
    const { maps, narrow, wide, size, targets } = options
    this.#options = options
    this.#table = table
    this.wide = wide
    this.criteria = narrow
    const kind = wide === undefined ? 'Fine' : narrow.length === 0 ? 'Wide' : 'Both'
    this.#shape = chooserShape(kind, maps, size)
    this.#elsewhere = targets.retain(undefined)
    const criteria = [...narrow, ...(wide?.criteria ?? [])]
    this.ranges = new RangeRows(table, maps, { criteria, targets, elsewhere: this.#elsewhere })
    if (this.#asks) this.#makeSets()
    wide?.enter(this)
  }

  get classes(): Iterable<number> {
    return this.#rows.keys()
  }

  answerFor(number: number): string {
    return this.#rows.get(number)?.target ?? this.#elsewhere
  }

  /** How many elements the maps of whoever takes its place have to hold, at least. */
  get leastSize(): number {
    return this.#leastSize
  }

  /** Another takes its place before addresses lead to anything new. */
  supersede(): void {
    this.#isSuperseded = true
    this.ranges.supersede()
  }

  addClass(number: number, peer: Peer): void {
    if (this.#rows.has(number) || this.#isSuperseded || !this.#hasRoom()) return
    const target = this.#options.targets.retain(peer)
    this.#rows.set(number, this.#addVerdict(peer, target))
    const { kind, fine } = this.#shape
    const key = bytes.hostInt(number)
    if (kind === 'Fine' && target !== this.#elsewhere)
      this.#table.putElement(fine.name, { key, data: goToVerdict(target) })
    if (kind === 'Both')
      this.#table.putElement(fine.name, { key, data: bytes.hostInt(this.#rowIds.id(target)) })
  }

  addWide(number: number, peer: Peer): void {
    if (this.#isSuperseded || !this.#options.targets.isPossible(peer) || !this.#hasRoom()) return
    const target = this.#options.targets.retain(peer)
    this.#wideTargets.push(target)
    this.#putVerdict(this.#verdictKey(noNumber, number), target)
  }

  removeClass(number: number): void {
    const row = this.#rows.get(number)
    if (row === undefined) return
    this.#rows.delete(number)
    const { kind, fine } = this.#shape
    if (kind !== 'Wide') this.#table.dropElement(fine.name, { key: bytes.hostInt(number) })
    this.#removeVerdict(row)
    this.#options.targets.release(row.target)
  }

  putChain(maps: ClassMaps): void {
    this.#rangesAsked = this.ranges.map
    this.#table.putChain(this.#chain(maps), this)
  }

  /** Than those that were put last: something is to be said of ranges by now. */
  get hasOtherRules(): boolean {
    return this.#asks && this.#rangesAsked !== this.ranges.map
  }

  /** For one more class or combination of wide criteria: each makes at most one element in each map. */
  #hasRoom(): boolean {
    const { size, onFull } = this.#options
    if (size === undefined || this.#rows.size + this.#wideTargets.length < size) return true
    this.#leastSize = 2 * size
    onFull?.()
    return false
  }

  /** With all that it retained. */
  drop(): void {
    this.ranges.drop()
    this.wide?.remove(this)
    for (const { target } of this.#rows.values()) this.#options.targets.release(target)
    for (const target of this.#wideTargets) this.#options.targets.release(target)
    this.#options.targets.release(this.#elsewhere)
    this.#table.dropChain(this.#options.name, this)
    if (this.#asks) for (const { name } of setsOf(this.#shape)) this.#table.dropSet(name)
  }

  get #asks(): boolean {
    return this.criteria.length > 0 || this.wide !== undefined
  }

  #makeSets(): void {
    for (const set of setsOf(this.#shape)) this.#table.putSet(set)
    for (const [{ name }, element] of elsewhereElements(this.#shape, this.#elsewhere))
      this.#table.putElement(name, element)
  }

  #chain(maps: ClassMaps): ChainContent {
    return { chain: { name: this.#options.name }, rules: this.#rules(maps) }
  }

  #rules(maps: ClassMaps): NftRule[] {
    if (!this.#asks) return [rule(goTo(this.#elsewhere))]
    const { version, side, wide, isStaged } = this.#options
    const place: ChooserPlace = { version, side, maps, wide: wide?.name }
    const { map } = this.ranges
    if (map === undefined) return [hostsRule(this.#shape, place), rule(goTo(this.#elsewhere))]
    const rules = [hostsRule(this.#shape, place), rangesRule(map, place)]
    return isStaged ? rules : [...rules, undecided]
  }

  #addVerdict(peer: Peer, target: string): Row {
    if (this.wide === undefined) return { target, wide: undefined }
    const wide = this.wide.numberFor(peer)
    const row = this.#rowIds.id(target)
    const users = this.#verdictUsers.get(`${row} ${wide}`) ?? 0
    this.#verdictUsers.set(`${row} ${wide}`, users + 1)
    if (users === 0) this.#putVerdict(this.#verdictKey(row, wide), target)
    return { target, wide }
  }

  #putVerdict(key: Uint8Array, target: string): void {
    this.#table.putElement(this.#shape.verdicts.name, { key, data: goToVerdict(target) })
  }

  #verdictKey(row: number, wide: number): Uint8Array {
    const key = bytes.hostInt(wide)
    return this.#shape.kind === 'Wide' ? key : bytes.concat(bytes.hostInt(row), key)
  }

  #removeVerdict({ target, wide }: Row): void {
    if (wide === undefined) return
    const row = this.#rowIds.id(target)
    const users = (this.#verdictUsers.get(`${row} ${wide}`) ?? 0) - 1
    if (users > 0) {
      this.#verdictUsers.set(`${row} ${wide}`, users)
      return
    }
    this.#verdictUsers.delete(`${row} ${wide}`)
    this.#table.dropElement(this.#shape.verdicts.name, { key: this.#verdictKey(row, wide) })
  }
}
