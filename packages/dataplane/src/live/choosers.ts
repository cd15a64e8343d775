/**
 * The choosers of one IP version, and what they share: maps of wide criteria, and who has rows for which class. A
 * class that comes is told to whom it concerns; a chooser that comes is told of the classes that there are.
 */
import { type AddressClass, type Criterion, type LiveClasses, type Peer, peerOfClass } from '@margay/policy'
import { eachOnce } from '../decide/group-criteria.ts'
import type { Text } from '../decide/group-text.ts'
import type { ClassNumbers } from '../emit/class-maps.ts'
import { roomFor } from '../emit/room.ts'
import type { Names } from '../nft/names.ts'
import type { AddressMaps } from './address-maps.ts'
import { Chooser, type ChooserOptions } from './chooser.ts'
import { type ClassRows, ClassRowsIndex } from './class-rows.ts'
import type { LiveTable } from './live-table.ts'
import { NamingWatch } from './naming-watch.ts'
import { RangeIndex } from './range-index.ts'
import { RowsByClass } from './rows-by-class.ts'
import type { Traits } from './traits.ts'
import { WideMaps } from './wide-maps.ts'

export interface ChoosersContext {
  readonly table: LiveTable
  readonly names: Names
  readonly numbers: ClassNumbers
  /** A criterion that more classes meet is wide. */
  readonly mostOfNarrow: number
  /** Of all that is named for what it says of classes. */
  readonly edition: number
}

export interface NewChooser extends Pick<ChooserOptions, 'name' | 'side' | 'isStaged' | 'targets'> {
  readonly text: Text
  /** For how many elements in each map; without it, they grow. */
  readonly room?: { readonly least: number; readonly onFull: () => void }
}

/** Within a factor, a criterion that was narrow when a chooser was made may stay so. */
const growth = 8

export class Choosers {
  readonly #classes: LiveClasses
  readonly #addresses: AddressMaps
  readonly #context: ChoosersContext
  readonly #all = new Set<Chooser>()
  readonly #traits: Traits
  readonly #wideMaps: WideMaps
  readonly #index = new ClassRowsIndex()
  /** What has a row for a class, by its number. */
  readonly #rowsOf = new RowsByClass()
  /** Classes without addresses that may still have rows. One may come again before these are removed. */
  readonly #gone = new Set<number>()
  readonly #ranges: RangeIndex

  constructor(classes: LiveClasses, traits: Traits, addresses: AddressMaps, context: ChoosersContext) {
    this.#classes = classes
    this.#addresses = addresses
    this.#context = context
    this.#traits = traits
    this.#wideMaps = new WideMaps(classes.version, { ...context, traits })
    this.#ranges = new RangeIndex({
      numberOf: (it) => this.#numberOf(it),
      peerOf: (it) => this.#peerOf(it),
      meeting: (criterion) => classes.meeting(criterion),
    })
  }

  get size(): number {
    return this.#all.size
  }

  /** Does none of them tell the classes apart? */
  areAlike(one: AddressClass, other: AddressClass): boolean {
    const [left, right] = [this.#numberOf(one), this.#numberOf(other)]
    if (this.#traits.numberOf(left) !== this.#traits.numberOf(right)) return false
    const rows = new Set([...this.#rowsOf.of(left), ...this.#rowsOf.of(right)])
    return rows.values().every((it) => it.answerFor(left) === it.answerFor(right))
  }

  /** The rules of all ask the maps of now. */
  askAnew(): void {
    for (const chooser of this.#all) chooser.putChain(this.#addresses.current)
  }

  make(criteria: readonly Criterion[], { text, room, ...options }: NewChooser): Chooser {
    this.makeWide(criteria)
    const wide = criteria.filter((criterion) => this.#traits.isWide(criterion))
    const narrow = criteria.filter((criterion) => !wide.includes(criterion))
    const map = wide.length === 0 ? undefined : this.#wideMaps.retain(wide)
    const count = this.#meetingAny(narrow).size + (map?.combinations ?? 0)
    const size = room === undefined ? undefined : roomFor(count, room.least)
    const maps = mapsName(options.name, this.#editionOf([options.name, text], wide, size))
    const { version } = this.#classes
    const shape = { ...options, maps, version, narrow, wide: map, size, onFull: room?.onFull }
    const chooser = new Chooser(this.#context.table, shape)
    this.#all.add(chooser)
    this.#fill(chooser)
    this.#ranges.enter(chooser.ranges)
    chooser.putChain(this.#addresses.current)
    return chooser
  }

  drop(chooser: Chooser): void {
    this.#all.delete(chooser)
    this.#index.remove(chooser)
    this.#rowsOf.forget(chooser)
    this.#ranges.remove(chooser.ranges)
    chooser.drop()
    const { wide } = chooser
    if (wide !== undefined) this.#wideMaps.release(wide)
  }

  /** Is told of each class that comes, before choosers are. */
  watch(watch: NamingWatch): void {
    this.#index.enter(watch)
  }

  unwatch(watch: NamingWatch): void {
    this.#index.remove(watch)
  }

  /** Everything that is there already says what it means for the class, if it can. Returns those for which it became one too many. */
  enterClass(it: AddressClass): Chooser[] {
    const [number, peer] = [this.#numberOf(it), this.#peerOf(it)]
    this.#gone.delete(number)
    const concerned = [...this.#index.concernedBy(peer.met)]
    for (const rows of concerned) if (rows instanceof NamingWatch) rows.addClass(number, peer)
    this.#traits.addClass(number, peer)
    const rows = concerned.filter((each) => !(each instanceof NamingWatch))
    for (const each of rows) this.#addRow(each, it, peer)
    return rows.filter((each) => each instanceof Chooser).filter((each) => this.#hasOutgrown(each))
  }

  /** Nobody has it any more. */
  leaveClass(it: AddressClass): void {
    this.#gone.add(this.#numberOf(it))
  }

  /** A chooser that said nothing of ranges until now has to ask for them. */
  enterRanges(): void {
    const { ranges, elsewhere } = this.#classes
    this.#ranges.change(new Set([...ranges.map((it) => it.class), elsewhere]))
    for (const chooser of this.#all) if (chooser.hasOtherRules) chooser.putChain(this.#addresses.current)
  }

  /** Of the criteria those that many classes meet, with these classes. */
  makeWide(criteria: readonly Criterion[]): void {
    const { mostOfNarrow } = this.#context
    const wide = eachOnce(criteria).filter(
      (it) => !this.#traits.isWide(it) && this.#classes.meeting(it).size > mostOfNarrow,
    )
    this.#classes.retain(wide)
    const classesOf = (it: Criterion) =>
      [...this.#classes.meeting(it)].map((met) => [this.#numberOf(met), this.#peerOf(met)] as const)
    this.#traits.addCriteria(new Map(wide.map((it) => [it, classesOf(it)])))
  }

  /** The classes that meet any of them. */
  peersMeeting(criteria: readonly Criterion[]): Peer[] {
    return [...this.#meetingAny(criteria)].map((it) => this.#peerOf(it))
  }

  /** When packets have had time to go on: what no address leads to has no rows any more. */
  tidy(): void {
    this.#wideMaps.tidy()
    this.#forgetTraits()
    for (const number of this.#gone) this.#traits.removeClass(number)
    this.#rowsOf.removeClasses(this.#gone)
    this.#gone.clear()
    this.#ranges.tidy()
  }

  #forgetTraits(): void {
    const asked = this.#wideMaps.criteria
    for (const criterion of this.#traits.criteria.filter(({ key }) => !asked.has(key))) {
      this.#traits.removeCriterion(criterion)
      this.#classes.release([criterion])
    }
  }

  /** Rows for all classes that there are. */
  #fill(rows: ClassRows): void {
    for (const it of this.#meetingAny(rows.criteria)) this.#addRow(rows, it, this.#peerOf(it))
    this.#index.enter(rows)
  }

  #addRow(rows: ClassRows, it: AddressClass, peer: Peer): void {
    const number = this.#numberOf(it)
    rows.addClass(number, peer)
    this.#rowsOf.add(number, rows)
  }

  #hasOutgrown(chooser: Chooser): boolean {
    const most = growth * Math.max(1, this.#context.mostOfNarrow)
    return chooser.criteria.some((criterion) => this.#classes.meeting(criterion).size > most)
  }

  #meetingAny(criteria: readonly Criterion[]): Set<AddressClass> {
    return new Set(criteria.flatMap((criterion) => [...this.#classes.meeting(criterion)]))
  }

  /** Equal for a chooser that says the same of all classes, also in another process. */
  #editionOf(
    [name, { key, stable }]: readonly [string, Text],
    wide: readonly Criterion[],
    size: number | undefined,
  ): string {
    const keys = wide.map((criterion) => criterion.key).sort()
    const [content, hashed] = [key, stable].map((text) =>
      JSON.stringify([this.#context.edition, name, text, keys, size]),
    )
    return this.#context.names.edition(content ?? '', hashed ?? '')
  }

  #numberOf(it: AddressClass): number {
    return this.#context.numbers.of(it)
  }

  #peerOf(it: AddressClass): Peer {
    return peerOfClass(it, this.#classes)
  }
}

/**
 * As its chain is named, but for what tells it from others: the kernel finds sets by reading the names of all that there are. Source: Linux,
 * nft_set_lookup.
 */
function mapsName(chain: string, edition: string): string {
  return `${chain.slice(0, chain.lastIndexOf('-') + 1)}${edition}`
}
