/**
 * All policy of one IP version in one table: the classes of addresses, their maps, and a chooser for each group and each stage of host
 * endpoints. Changes are told one by one, and written in an order that leaves no moment in which a packet is judged by a mixture.
 */
import type { IpVersion } from '@margay/netset'
import {
  type AddressClass,
  type Criterion,
  criteriaOf,
  type HostAddress,
  LiveClasses,
  type Peer,
  peerOfClass,
  type Readings,
} from '@margay/policy'
import { GroupDecider } from '../decide/decide-group.ts'
import type { Group, Stage } from '../decide/group.ts'
import { criteriaOfGroup, criteriaOfStage, eachOnce } from '../decide/group-criteria.ts'
import type { GroupTexts, Text } from '../decide/group-text.ts'
import type { Groups } from '../decide/groups.ts'
import { answersFor, ownOf, type PeerRule } from '../decide/peer-rule.ts'
import * as bytes from '../emit/bytes.ts'
import type { ChainNames } from '../emit/chain-names.ts'
import {
  type ClassMaps,
  type ClassNumbers,
  classMaps,
  hostElement,
  rangeElements,
} from '../emit/class-maps.ts'
import { roomFor } from '../emit/room.ts'
import { ownSide, peerSide } from '../emit/sides.ts'
import type { Names } from '../nft/names.ts'
import { Chooser } from './chooser.ts'
import type { ChooserTargets } from './chooser-targets.ts'
import { type ClassRows, ClassRowsIndex } from './class-rows.ts'
import { GroupTargets } from './group-targets.ts'
import type { LiveTable } from './live-table.ts'
import { NamingWatch } from './naming-watch.ts'
import { RangeIndex } from './range-index.ts'
import { RowsByClass } from './rows-by-class.ts'
import type { Targets } from './targets.ts'
import { Traits } from './traits.ts'
import { WideMaps } from './wide-maps.ts'

export interface FamilyContext {
  readonly table: LiveTable
  readonly groups: Groups
  readonly texts: GroupTexts
  readonly names: Names
  readonly chainNames: ChainNames
  readonly numbers: ClassNumbers
  /** Of all IP versions whose addresses come and go with these. */
  readonly readings: Readings
  /** Of the table, whatever the IP version. */
  readonly targets: Targets
  /** Which endpoints' addresses are in the maps. With fewer, a policy that speaks of others first has to enter them. */
  readonly hosts: 'All' | 'Told apart'
  /** A criterion that more classes meet is wide. */
  readonly mostOfNarrow: number
  /** For how many elements the maps of all addresses and classes have room at least. */
  readonly leastRoom: number
  /** Of the first maps of classes, and of all that is named for what it says of classes. */
  readonly edition: number
}

/** Within a factor, a criterion that was narrow when a group was made may stay so. */
const growth = 8

/** For how many classes the maps of a group have room at least; fewer only where all maps are so small. */
const leastRows = 16

interface LiveGroup {
  users: number
  readonly chooser: Chooser
  readonly watch: NamingWatch
}

/** What one stage of a host endpoint needs: a group for each class of addresses on its own side. */
interface LiveStage {
  users: number
  readonly chooser: Chooser
}

type Moves = ReturnType<LiveClasses['settle']>

export class LiveFamily {
  readonly version: IpVersion
  readonly classes: LiveClasses
  readonly #context: FamilyContext
  readonly #traits: Traits
  readonly #wideMaps: WideMaps
  readonly #index = new ClassRowsIndex()
  readonly #groups = new Map<Group, LiveGroup>()
  readonly #groupOf = new WeakMap<ClassRows, Group>()
  readonly #outdated = new Set<Group>()
  readonly #stages = new Map<Stage, LiveStage>()
  /** What has a row for a class, by its number. */
  readonly #rowsOf = new RowsByClass()
  /** Classes without addresses that may still have rows. One may come again before these are removed. */
  readonly #gone = new Set<number>()
  readonly #ranges: RangeIndex
  /** What is going to be asked from the next settlement on. */
  #expected: (readonly Criterion[])[] = []
  #edition: number
  #maps: ClassMaps
  #moves: Moves = { hosts: [], areRangesChanged: false, come: [], gone: [] }

  constructor(version: IpVersion, context: FamilyContext) {
    this.version = version
    this.classes = new LiveClasses(version, context.readings)
    this.classes.settle()
    this.#context = context
    this.#edition = context.edition
    this.#maps = this.#newMaps(0)
    this.#traits = new Traits(this.#maps.traits, context.table)
    this.#wideMaps = new WideMaps(version, { ...context, traits: this.#traits })
    this.#ranges = new RangeIndex({
      numberOf: (it) => this.#numberOf(it),
      peerOf: (it) => this.#peerOf(it),
      meeting: (criterion) => this.classes.meeting(criterion),
    })
    this.#makeMaps()
  }

  /** Of the maps of classes: later ones have a higher one. */
  get edition(): number {
    return this.#edition
  }

  /** Do addresses come to other classes? To be asked after `settle`. */
  get hasMoves(): boolean {
    return this.#moves.hosts.length > 0 || this.#moves.areRangesChanged
  }

  /** Are there more addresses or classes than the maps have room for? To be asked after `settle`. */
  get isFull(): boolean {
    return this.classes.hosts.size >= this.#maps.hosts.size || this.#traits.isFull
  }

  /** With room for so many classes that have traits. */
  #newMaps(classes: number): ClassMaps {
    const counts = { hosts: this.classes.hosts.size, classes }
    return classMaps(this.version, counts, { edition: this.#edition, leastRoom: this.#context.leastRoom })
  }

  /** Does no rule that is there now tell the classes apart between which hosts move? */
  get areMovesNeutral(): boolean {
    const seen = new Map<AddressClass, Set<AddressClass>>()
    return this.#moves.hosts.every(({ before, after }) => {
      if (before === undefined || after === undefined) return false
      const compared = seen.get(before.class) ?? new Set()
      if (compared.has(after.class)) return true
      seen.set(before.class, compared.add(after.class))
      return this.#areAlike(this.#numberOf(before.class), this.#numberOf(after.class))
    })
  }

  #areAlike(one: number, other: number): boolean {
    if (this.#traits.traitsOf(one) !== this.#traits.traitsOf(other)) return false
    const rows = new Set([...this.#rowsOf.of(one), ...this.#rowsOf.of(other)])
    return rows.values().every((it) => it.answerFor(one) === it.answerFor(other))
  }

  /** Takes in what was told to `classes`, and gives rows to what is new, to which nothing leads yet. */
  settle(): void {
    this.#moves = this.classes.settle()
    if (this.isFull && this.#choosers.next().done === true) this.#remakeMaps()
    for (const it of this.#moves.gone) this.#gone.add(this.#numberOf(it))
    for (const it of this.#moves.come) this.#enterClass(it)
    if (this.#moves.areRangesChanged) this.#enterRanges()
    this.#makeWide(this.#expected.flat())
    this.#expected = []
  }

  /** Some groups have to be decided anew before addresses may lead to what is new. */
  renewGroups(): void {
    for (const group of this.#outdated) this.#renew(group)
    this.#outdated.clear()
  }

  /** Addresses lead to their new classes. */
  move(): void {
    const { table, numbers } = this.#context
    for (const { before, after } of this.#moves.hosts) {
      if (after !== undefined && this.#isEntered(after))
        table.putElement(this.#maps.hosts.name, hostElement(after, numbers))
      else if (before !== undefined)
        table.dropElement(this.#maps.hosts.name, { key: bytes.address(before.address) })
    }
    if (this.#moves.areRangesChanged) this.#putRanges()
    this.#moves = { hosts: [], areRangesChanged: false, come: [], gone: [] }
  }

  /** The same by other maps: rules lead to them from one generation to the next, together with all else that they decide anew. */
  moveByRules(): void {
    this.#edition++
    this.#remakeMaps()
    this.#moves = { hosts: [], areRangesChanged: false, come: [], gone: [] }
    for (const chooser of this.#choosers) chooser.putChain(this.#maps)
  }

  get #choosers(): IteratorObject<Chooser> {
    return [this.#groups.values(), this.#stages.values()]
      .values()
      .flatMap((all): Iterable<LiveStage> => all)
      .map(({ chooser }) => chooser)
  }

  #remakeMaps(): void {
    const { table } = this.#context
    for (const { name } of [this.#maps.hosts, this.#maps.ranges]) table.dropSet(name)
    this.#maps = this.#newMaps(Math.max(this.classes.all.size, this.#traits.size))
    this.#traits.moveTo(this.#maps.traits)
    this.#makeMaps()
  }

  /** Before `settle`: what its rules ask is going to be told apart. */
  expectGroup(group: Group): void {
    this.#expect(criteriaOfGroup(group))
  }

  expectStage(stage: Stage): void {
    this.#expect(criteriaOfStage(stage))
  }

  #expect(criteria: readonly Criterion[]): void {
    this.classes.retain(criteria)
    this.#expected.push(criteria)
  }

  get groups(): Iterable<Group> {
    return this.#groups.keys()
  }

  hasGroup(group: Group): boolean {
    return this.#groups.has(group)
  }

  hasStage(stage: Stage): boolean {
    return this.#stages.has(stage)
  }

  /** After `settle`; one that is not there yet was expected. */
  addGroup(group: Group): void {
    const known = this.#groups.get(group)
    if (known === undefined) this.#groups.set(group, { users: 1, ...this.#makeGroup(group) })
    else known.users++
  }

  removeGroup(group: Group): void {
    const known = this.#groups.get(group)
    if (known === undefined) throw new RangeError(`no group ${group.key}`)
    if (--known.users > 0) return
    this.#groups.delete(group)
    this.#outdated.delete(group)
    this.#index.remove(known.watch)
    this.#dropChooser(known.chooser)
    this.classes.release(criteriaOfGroup(group))
  }

  addStage(stage: Stage): void {
    const known = this.#stages.get(stage)
    if (known === undefined) this.#stages.set(stage, { users: 1, chooser: this.#makeStage(stage) })
    else known.users++
  }

  removeStage(stage: Stage): void {
    const known = this.#stages.get(stage)
    if (known === undefined) throw new RangeError(`no stage ${stage.key}`)
    if (--known.users > 0) return
    this.#stages.delete(stage)
    this.#dropChooser(known.chooser)
    this.classes.release(criteriaOfStage(stage))
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
      this.classes.release([criterion])
    }
  }

  #makeMaps(): void {
    const { table } = this.#context
    table.putSet(this.#maps.hosts)
    table.putSet(this.#maps.ranges)
    for (const host of this.classes.hosts.values()) {
      if (this.#isEntered(host))
        table.putElement(this.#maps.hosts.name, hostElement(host, this.#context.numbers))
    }
    this.#putRanges()
  }

  #isEntered(host: HostAddress): boolean {
    return this.#context.hosts === 'All' || this.classes.criteriaMetBy(host.class).length > 0
  }

  /** Only what differs is written. */
  #putRanges(): void {
    const { table, numbers } = this.#context
    const { name } = this.#maps.ranges
    const wanted = rangeElements(this.version, this.classes, numbers)
    const keep = new Set(wanted.map(({ key, keyEnd }) => `${key} ${keyEnd}`))
    for (const element of [...table.elementsOf(name)]) {
      if (!keep.has(`${element.key} ${element.keyEnd}`)) table.dropElement(name, element)
    }
    for (const element of wanted) table.putElement(name, element)
  }

  #peerOf(it: AddressClass): Peer {
    return peerOfClass(it, this.classes)
  }

  /** Everything that is there already says what it means for the class, if it can. */
  #enterClass(it: AddressClass): void {
    const [number, peer] = [this.#numberOf(it), this.#peerOf(it)]
    this.#gone.delete(number)
    const concerned = [...this.#index.concernedBy(peer.met)]
    for (const rows of concerned) if (rows instanceof NamingWatch) rows.addClass(number, peer)
    this.#traits.addClass(number, peer)
    for (const rows of concerned) {
      if (rows instanceof NamingWatch) continue
      this.#addRow(rows, it, peer)
      const group = this.#groupOf.get(rows)
      if (group !== undefined && rows instanceof Chooser && this.#hasOutgrown(rows)) this.#outdated.add(group)
    }
  }

  /** A chooser that said nothing of ranges until now has to ask for them. */
  #enterRanges(): void {
    this.#ranges.change(new Set([...this.classes.ranges.map((it) => it.class), this.classes.elsewhere]))
    for (const chooser of this.#choosers) if (chooser.hasOtherRules) chooser.putChain(this.#maps)
  }

  #addRow(rows: ClassRows, it: AddressClass, peer: Peer): void {
    const number = this.#numberOf(it)
    rows.addClass(number, peer)
    this.#rowsOf.add(number, rows)
  }

  #numberOf(it: AddressClass): number {
    return this.#context.numbers.of(it)
  }

  /** Rows for all classes that there are. */
  #fill(rows: ClassRows): void {
    for (const it of this.#meetingAny(rows.criteria)) this.#addRow(rows, it, this.#peerOf(it))
    this.#index.enter(rows)
  }

  #meetingAny(criteria: readonly Criterion[]): Set<AddressClass> {
    return new Set(criteria.flatMap((criterion) => [...this.classes.meeting(criterion)]))
  }

  #makeGroup(group: Group, leastSize = this.#leastRows): Omit<LiveGroup, 'users'> {
    const decider = new GroupDecider(group, (rule) => this.#peersOf(rule))
    const name = this.#context.chainNames.ofGroup(group)
    const targets = new GroupTargets(decider, group.stage, this.#context.targets)
    const side = peerSide(group.stage.direction)
    const { key, stable } = this.#context.texts.ofGroup(group)
    const meanings = decider.meaningsText
    const text = { key: `${key}\n${meanings}`, stable: `${stable}\n${meanings}` }
    const { isStaged } = group.stage
    const room = { least: leastSize, onFull: () => this.#supersede(group) }
    const options = { name, text, side, isStaged, targets, room }
    const chooser = this.#makeChooser(criteriaOfGroup(group), options)
    this.#groupOf.set(chooser, group)
    const watch = new NamingWatch(decider, () => this.#supersede(group))
    this.#index.enter(watch)
    return { chooser, watch }
  }

  get #leastRows(): number {
    return Math.min(leastRows, this.#context.leastRoom)
  }

  /** Its rows are not for what is new any more. */
  #supersede(group: Group): void {
    const known = this.#groups.get(group)
    if (known === undefined) return
    known.chooser.supersede()
    this.#outdated.add(group)
  }

  #makeStage(stage: Stage): Chooser {
    const { groups, chainNames } = this.#context
    const side = ownSide(stage.direction)
    const own = groups.asking(stage).flatMap((rule) => criteriaOf(ownOf(rule, stage.direction)).all)
    const byTarget = new Map<string, Group>()
    const retain = (peer: Peer | undefined) => {
      const group = groups.groupOf(stage, this.version, answersFor(peer, this.version, stage.direction))
      if (!this.#groups.has(group)) this.classes.retain(criteriaOfGroup(group))
      this.addGroup(group)
      const target = chainNames.ofGroup(group)
      byTarget.set(target, group)
      return target
    }
    const release = (target: string) => {
      const group = byTarget.get(target)
      if (group !== undefined) this.removeGroup(group)
    }
    const name = chainNames.ofStage(stage, this.version)
    return this.#makeChooser(eachOnce(own), {
      name,
      text: this.#context.texts.ofStage(stage),
      side,
      isStaged: stage.isStaged,
      targets: { retain, release, isPossible: () => true },
    })
  }

  #makeChooser(
    criteria: readonly Criterion[],
    options: {
      name: string
      text: Text
      side: 'saddr' | 'daddr'
      isStaged: boolean
      targets: ChooserTargets
      /** For how many elements in each map; without it, they grow. */
      room?: { least: number; onFull: () => void }
    },
  ): Chooser {
    const { name, text, side, isStaged, targets, room } = options
    this.#makeWide(criteria)
    const wide = criteria.filter((criterion) => this.#traits.isWide(criterion))
    const narrow = criteria.filter((criterion) => !wide.includes(criterion))
    const { table } = this.#context
    const map = wide.length === 0 ? undefined : this.#wideMaps.retain(wide)
    const count = this.#meetingAny(narrow).size + (map?.combinations ?? 0)
    const size = room === undefined ? undefined : roomFor(count, room.least)
    const edition = this.#editionOf(text, wide, size)
    const shape = {
      name,
      edition,
      version: this.version,
      side,
      isStaged,
      narrow,
      wide: map,
      size,
      onFull: room?.onFull,
      targets,
    }
    const chooser = new Chooser(table, shape)
    this.#fill(chooser)
    this.#ranges.enter(chooser.ranges)
    chooser.putChain(this.#maps)
    return chooser
  }

  /** Equal for choosers that say the same of all classes, also in another process. */
  #editionOf({ key, stable }: Text, wide: readonly Criterion[], size: number | undefined): string {
    const keys = wide.map((criterion) => criterion.key).sort()
    const [content, hashed] = [key, stable].map((text) =>
      JSON.stringify([this.#context.edition, text, keys, size]),
    )
    return this.#context.names.edition(content ?? '', hashed ?? '')
  }

  /** Of the criteria those that many classes meet, with these classes. */
  #makeWide(criteria: readonly Criterion[]): void {
    const { mostOfNarrow } = this.#context
    const wide = eachOnce(criteria).filter(
      (it) => !this.#traits.isWide(it) && this.classes.meeting(it).size > mostOfNarrow,
    )
    this.classes.retain(wide)
    const classesOf = (it: Criterion) =>
      [...this.classes.meeting(it)].map((met) => [this.#numberOf(met), this.#peerOf(met)] as const)
    this.#traits.addCriteria(new Map(wide.map((it) => [it, classesOf(it)])))
  }

  #dropChooser(chooser: Chooser): void {
    this.#index.remove(chooser)
    this.#rowsOf.forget(chooser)
    this.#ranges.remove(chooser.ranges)
    chooser.drop()
    const { wide } = chooser
    if (wide !== undefined) this.#wideMaps.release(wide)
  }

  #renew(group: Group): void {
    const known = this.#groups.get(group)
    if (known === undefined) return
    const { users, chooser, watch } = known
    const leastSize = Math.max(this.#leastRows, chooser.leastSize)
    this.#groups.set(group, { users, ...this.#makeGroup(group, leastSize) })
    this.#index.remove(watch)
    this.#dropChooser(chooser)
  }

  #hasOutgrown(chooser: Chooser): boolean {
    const most = growth * Math.max(1, this.#context.mostOfNarrow)
    return chooser.criteria.some((criterion) => this.classes.meeting(criterion).size > most)
  }

  #peersOf({ peer }: PeerRule): Peer[] {
    return [...this.#meetingAny(criteriaOf(peer).all)].map((it) => this.#peerOf(it))
  }
}
