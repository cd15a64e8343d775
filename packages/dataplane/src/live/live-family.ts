/**
 * All policy of one IP version in one table: the classes of addresses, their maps, and a chooser for each group and each stage of host
 * endpoints. Changes are told one by one, and written in an order that leaves no moment in which a packet is judged by a mixture.
 */
import type { IpVersion } from '@margay/netset'
import {
  type AddressClass,
  type Criterion,
  criteriaOf,
  LiveClasses,
  type Peer,
  type Readings,
} from '@margay/policy'
import { GroupDecider } from '../decide/decide-group.ts'
import type { Group, Stage } from '../decide/group.ts'
import { criteriaOfGroup, criteriaOfStage, eachOnce } from '../decide/group-criteria.ts'
import type { GroupTexts } from '../decide/group-text.ts'
import type { Groups } from '../decide/groups.ts'
import { answersFor, ownOf } from '../decide/peer-rule.ts'
import type { ChainNames } from '../emit/chain-names.ts'
import { ownSide, peerSide } from '../emit/sides.ts'
import { AddressMaps, type AddressMapsContext } from './address-maps.ts'
import type { Chooser } from './chooser.ts'
import { Choosers, type ChoosersContext } from './choosers.ts'
import { GroupTargets } from './group-targets.ts'
import { NamingWatch } from './naming-watch.ts'
import type { Targets } from './targets.ts'
import { Traits } from './traits.ts'

export interface FamilyContext extends AddressMapsContext, ChoosersContext {
  readonly groups: Groups
  readonly texts: GroupTexts
  readonly chainNames: ChainNames
  /** Of all IP versions whose addresses come and go with these. */
  readonly readings: Readings
  /** Of the table, whatever the IP version. */
  readonly targets: Targets
}

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

const noMoves: Moves = { hosts: [], areRangesChanged: false, come: [], gone: [] }

export class LiveFamily {
  readonly version: IpVersion
  readonly classes: LiveClasses
  readonly #context: FamilyContext
  readonly #addresses: AddressMaps
  readonly #choosers: Choosers
  readonly #groups = new Map<Group, LiveGroup>()
  readonly #groupOf = new WeakMap<Chooser, Group>()
  readonly #outdated = new Set<Group>()
  readonly #stages = new Map<Stage, LiveStage>()
  /** What is going to be asked from the next settlement on. */
  #expected: (readonly Criterion[])[] = []
  #moves: Moves = noMoves
  /** Do addresses lead to other traits than in the kernel? */
  #hasToldTraits = false

  constructor(version: IpVersion, context: FamilyContext) {
    this.version = version
    this.classes = new LiveClasses(version, context.readings)
    this.classes.settle()
    this.#context = context
    const traits = new Traits((classes) => {
      this.#addresses.tellTraits(classes, this.#moves)
      this.#hasToldTraits = true
    })
    this.#addresses = new AddressMaps(this.classes, traits, context)
    this.#choosers = new Choosers(this.classes, traits, this.#addresses, context)
  }

  /** Of the maps of classes: later ones have a higher one. */
  get edition(): number {
    return this.#addresses.edition
  }

  /** Do addresses come to other classes, or lead to other traits? To be asked after `settle`. */
  get hasMoves(): boolean {
    return this.#moves.hosts.length > 0 || this.#moves.areRangesChanged || this.#hasToldTraits
  }

  /** Are there more addresses than the maps have room for? To be asked after `settle`. */
  get isFull(): boolean {
    return this.#addresses.isFull
  }

  /** Does no rule that is there now tell the classes apart between which hosts move? */
  get areMovesNeutral(): boolean {
    const seen = new Map<AddressClass, Set<AddressClass>>()
    return this.#moves.hosts.every(({ before, after }) => {
      if (before === undefined || after === undefined) return false
      const compared = seen.get(before.class) ?? new Set()
      if (compared.has(after.class)) return true
      seen.set(before.class, compared.add(after.class))
      return this.#choosers.areAlike(before.class, after.class)
    })
  }

  /** Takes in what was told to `classes`, and gives rows to what is new, to which nothing leads yet. */
  settle(): void {
    this.#hasToldTraits = false
    this.#moves = this.classes.settle()
    if (this.isFull && this.#choosers.size === 0) this.#addresses.remake()
    for (const it of this.#moves.gone) this.#choosers.leaveClass(it)
    for (const it of this.#moves.come) this.#enterClass(it)
    if (this.#moves.areRangesChanged) this.#choosers.enterRanges()
    this.#choosers.makeWide(this.#expected.flat())
    this.#expected = []
  }

  /** Some groups have to be decided anew before addresses may lead to what is new. */
  renewGroups(): void {
    for (const group of this.#outdated) this.#renew(group)
    this.#outdated.clear()
  }

  /** Addresses lead to their new classes. */
  move(): void {
    this.#addresses.move(this.#moves)
    this.#moves = noMoves
    this.#hasToldTraits = false
  }

  /** The same by other maps: rules lead to them from one generation to the next, together with all else that they decide anew. */
  moveByRules(): void {
    this.#addresses.startEdition()
    this.#addresses.remake()
    this.#moves = noMoves
    this.#hasToldTraits = false
    this.#choosers.askAnew()
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
    this.#choosers.unwatch(known.watch)
    this.#choosers.drop(known.chooser)
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
    this.#choosers.drop(known.chooser)
    this.classes.release(criteriaOfStage(stage))
  }

  /** When packets have had time to go on: what no address leads to has no rows any more. */
  tidy(): void {
    this.#choosers.tidy()
  }

  #enterClass(it: AddressClass): void {
    for (const outgrown of this.#choosers.enterClass(it)) {
      const group = this.#groupOf.get(outgrown)
      if (group !== undefined) this.#outdated.add(group)
    }
  }

  #makeGroup(group: Group, leastSize = this.#leastRows): Omit<LiveGroup, 'users'> {
    const decider = new GroupDecider(group, ({ peer }) => this.#choosers.peersMeeting(criteriaOf(peer).all))
    const name = this.#context.chainNames.ofGroup(group)
    const targets = new GroupTargets(decider, group.stage, this.#context.targets)
    const side = peerSide(group.stage.direction)
    const { key, stable } = this.#context.texts.ofGroup(group)
    const meanings = decider.meaningsText
    const text = { key: `${key}\n${meanings}`, stable: `${stable}\n${meanings}` }
    const { isStaged } = group.stage
    const room = { least: leastSize, onFull: () => this.#supersede(group) }
    const options = { name, text, side, isStaged, targets, room }
    const chooser = this.#choosers.make(criteriaOfGroup(group), options)
    this.#groupOf.set(chooser, group)
    const watch = new NamingWatch(decider, () => this.#supersede(group))
    this.#choosers.watch(watch)
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
    return this.#choosers.make(eachOnce(own), {
      name,
      text: this.#context.texts.ofStage(stage),
      side,
      isStaged: stage.isStaged,
      targets: { retain, release, isPossible: () => true },
    })
  }

  #renew(group: Group): void {
    const known = this.#groups.get(group)
    if (known === undefined) return
    const { users, chooser, watch } = known
    const leastSize = Math.max(this.#leastRows, chooser.leastSize)
    this.#groups.set(group, { users, ...this.#makeGroup(group, leastSize) })
    this.#choosers.unwatch(watch)
    this.#choosers.drop(chooser)
  }
}
