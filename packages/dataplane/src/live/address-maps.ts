/** The maps in which each packet's address is looked up, of one IP version: the class of every host, and behind it that of all other addresses. */
import type { HostAddress, LiveClasses } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import {
  type ClassMaps,
  type ClassNumbers,
  classMaps,
  hostElement,
  rangeElements,
  type TraitNumbers,
} from '../emit/class-maps.ts'
import type { LiveTable } from './live-table.ts'

export interface AddressMapsContext {
  readonly table: LiveTable
  readonly numbers: ClassNumbers
  /** Which endpoints' addresses are in the maps. With fewer, a policy that speaks of others first has to enter them. */
  readonly hosts: 'All' | 'Told apart'
  /** For how many elements the maps of all addresses have room at least. */
  readonly leastRoom: number
  /** Of the first maps, and of all that is named for what it says of classes. */
  readonly edition: number
}

/** As a multiple of the room that there is at least. */
const hostsWithNames = 4

type Moves = Pick<ReturnType<LiveClasses['settle']>, 'hosts' | 'areRangesChanged'>

export class AddressMaps {
  readonly #classes: LiveClasses
  readonly #traits: TraitNumbers
  readonly #context: AddressMapsContext
  #edition: number
  #current: ClassMaps

  constructor(classes: LiveClasses, traits: TraitNumbers, context: AddressMapsContext) {
    this.#classes = classes
    this.#traits = traits
    this.#context = context
    this.#edition = context.edition
    this.#current = this.#withRoom()
    this.#fill()
  }

  /** Later ones have a higher one. */
  get edition(): number {
    return this.#edition
  }

  get current(): ClassMaps {
    return this.#current
  }

  /** Are there more hosts than have room? */
  get isFull(): boolean {
    return (
      this.#classes.hosts.size >= this.#current.hosts.size || this.#current.hosts.size < 2 * this.#leastHosts
    )
  }

  /** What is made from now on has the name of the next edition. */
  startEdition(): void {
    this.#edition++
  }

  /** Others take the place of these. */
  remake(): void {
    for (const { name } of [this.#current.hosts, this.#current.ranges]) this.#context.table.dropSet(name)
    this.#current = this.#withRoom()
    this.#fill()
  }

  /** These hosts, and all ranges if any changed, lead to their classes of now. */
  move({ hosts, areRangesChanged }: Moves): void {
    const { table } = this.#context
    const { name } = this.#current.hosts
    for (const { before, after } of hosts) {
      if (after !== undefined && this.#isEntered(after)) this.#put(after)
      else if (before !== undefined) table.dropElement(name, { key: bytes.address(before.address) })
    }
    if (areRangesChanged) this.#putRanges()
  }

  /** The hosts of these classes lead to their traits of now, but for those that are going to move. */
  tellTraits(classes: ReadonlySet<number>, { hosts }: Pick<Moves, 'hosts'>): void {
    const moving = new Set(hosts.map(({ key }) => key))
    for (const host of this.#classes.hosts.values()) {
      const isConcerned = classes.has(this.#context.numbers.of(host.class)) && !moving.has(host.key)
      if (isConcerned && this.#isEntered(host)) this.#put(host)
    }
  }

  #put(host: HostAddress): void {
    const { table, numbers } = this.#context
    table.putElement(this.#current.hosts.name, hostElement(host, numbers, this.#traits))
  }

  #withRoom(): ClassMaps {
    const { version, hosts } = this.#classes
    const { leastRoom } = this.#context
    return classMaps(version, Math.max(hosts.size, this.#leastHosts), { edition: this.#edition, leastRoom })
  }

  /** Where addresses come by names, there are soon many, and no answer of DNS should wait for maps that are made anew. */
  get #leastHosts(): number {
    return this.#classes.askedNames === '' ? 0 : hostsWithNames * this.#context.leastRoom
  }

  #fill(): void {
    const { table } = this.#context
    table.putSet(this.#current.hosts)
    table.putSet(this.#current.ranges)
    for (const host of this.#classes.hosts.values()) if (this.#isEntered(host)) this.#put(host)
    this.#putRanges()
  }

  #isEntered(host: HostAddress): boolean {
    return this.#context.hosts === 'All' || this.#classes.criteriaMetBy(host.class).length > 0
  }

  /** Only what differs is written. */
  #putRanges(): void {
    const { table, numbers } = this.#context
    const { name } = this.#current.ranges
    const wanted = rangeElements(this.#classes.version, this.#classes, numbers)
    const keep = new Set(wanted.map(({ key, keyEnd }) => `${key} ${keyEnd}`))
    for (const element of table.elementsOf(name)) {
      if (!keep.has(`${element.key} ${element.keyEnd}`)) table.dropElement(name, element)
    }
    for (const element of wanted) table.putElement(name, element)
  }
}
