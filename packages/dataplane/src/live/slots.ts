/**
 * Interface ▶ slot ▶ group, for one direction and IP version. Pods that came to the same group share a slot, of which a chain with one rule
 * leads on: when all of them come under another group, that rule changes, and every packet sees the one or the other. A pod that comes to a
 * slot that is there is an element, for which the kernel does not walk through the table, as it does for verdicts.
 *
 * An element that changes would be looked up in the midst of a packet's way: so when only some of a slot come under another group, all
 * interfaces are entered anew in another map, of the next edition, and rules lead there from one generation to the next.
 */
import type { SetContent } from '@margay/netlink/nftables'
import { type Lead, type PodMaps, podElement, podMaps, slotElement } from '../emit/dispatch.ts'
import { drop, rule } from '../emit/expressions.ts'
import { Ids } from '../nft/ids.ts'
import type { Names } from '../nft/names.ts'
import type { LiveTable } from './live-table.ts'

/** What is wanted of an interface. */
export interface Place {
  readonly lead: Lead
  /** Of the endpoint, for people. */
  readonly name: string
}

interface Slot {
  readonly number: number
  readonly chain: string
  lead: Lead
  size: number
}

interface Seat {
  slot: Slot
  readonly name: string
}

export interface SlotsOptions {
  readonly table: LiveTable
  readonly names: Names
  readonly edition: number
}

export class Slots {
  readonly #table: LiveTable
  readonly #names: Names
  readonly #ids = new Ids(1, 0xffff_ffff)
  readonly #seats = new Map<string, Seat>()
  readonly #byChain = new Map<string, Slot>()
  /** One of those that lead there. */
  readonly #byText = new Map<string, Slot>()
  /** Nobody is in them any more, but packets that are under way may still be led there. */
  readonly #retired = new Set<Slot>()
  #edition: number
  #maps: PodMaps

  constructor(of: Pick<PodMaps, 'direction' | 'version'>, { table, names, edition }: SlotsOptions) {
    this.#table = table
    this.#names = names
    this.#edition = edition
    this.#maps = podMaps(of.direction, of.version, edition)
    table.putSet(this.#maps.pods)
    table.putSet(this.#maps.slots)
  }

  get edition(): number {
    return this.#edition
  }

  get maps(): PodMaps {
    return this.#maps
  }

  /** Returns what is left to be entered: the elements of interfaces that are new. */
  change(gone: Iterable<string>, wanted: ReadonlyMap<string, Place>): SetContent {
    for (const name of gone) this.#leave(name)
    const come = new Set([...wanted.keys()].filter((name) => !this.#seats.has(name)))
    const isSplit = this.#move([...wanted].filter(([name]) => !come.has(name)))
    for (const [name, place] of wanted) this.#take(name, place)
    if (isSplit) this.#makeMap()
    for (const name of isSplit ? this.#seats.keys() : wanted.keys()) {
      if (!come.has(name)) this.#table.putElement(this.#maps.pods.name, this.#elementOf(name))
    }
    return { set: this.#maps.pods, elements: [...come].map((name) => this.#elementOf(name)) }
  }

  /** A while after the last change. */
  tidy(): void {
    for (const slot of this.#retired) this.#remove(slot)
    this.#retired.clear()
  }

  /** True when some of a slot go and some stay, or not all of them go to the same group. */
  #move(places: readonly (readonly [string, Place])[]): boolean {
    const leavers = places.filter(([name, { lead }]) => this.#seats.get(name)?.slot.lead.text !== lead.text)
    const bySlot = Map.groupBy(leavers, ([name]) => this.#seats.get(name)?.slot)
    let isSplit = false
    for (const [slot, list] of bySlot) {
      const [first, ...others] = list.map(([, { lead }]) => lead)
      if (slot === undefined || first === undefined) continue
      const isWhole = list.length === slot.size && others.every(({ text }) => text === first.text)
      if (isWhole) this.#lead(slot, first)
      else isSplit = true
    }
    return isSplit
  }

  /** Where the interface is not in a slot that leads there, it comes to one. */
  #take(interfaceName: string, { lead, name }: Place): void {
    const seat = this.#seats.get(interfaceName)
    if (seat?.slot.lead.text === lead.text) {
      this.#seats.set(interfaceName, { slot: seat.slot, name })
      return
    }
    const slot = this.#byText.get(lead.text) ?? this.#makeSlot(lead)
    slot.size++
    this.#seats.set(interfaceName, { slot, name })
    if (seat !== undefined && --seat.slot.size === 0) this.#retire(seat.slot)
  }

  #leave(interfaceName: string): void {
    const seat = this.#seats.get(interfaceName)
    if (seat === undefined) return
    this.#seats.delete(interfaceName)
    this.#table.dropElement(this.#maps.pods.name, this.#element(interfaceName, seat))
    if (--seat.slot.size === 0) this.#remove(seat.slot)
  }

  #makeSlot(lead: Lead): Slot {
    const chain = this.#freeName(lead)
    const slot: Slot = { number: this.#ids.id(chain), chain, lead, size: 0 }
    this.#byChain.set(chain, slot)
    this.#table.putElement(this.#maps.slots.name, slotElement(slot.number, chain))
    this.#lead(slot, lead)
    return slot
  }

  /** Slots keep the name of where they led at first. */
  #freeName({ text }: Lead): string {
    const { direction, version } = this.#maps
    const prefix = `${direction === 'Egress' ? 'from' : 'to'}-${version}-`
    for (let turn = 0; ; turn++) {
      const name = this.#names.name(prefix, '', turn === 0 ? text : `${text} ${turn}`)
      if (!this.#byChain.has(name)) return name
    }
  }

  #lead(slot: Slot, lead: Lead): void {
    this.#forgetText(slot)
    slot.lead = lead
    if (!this.#byText.has(lead.text)) this.#byText.set(lead.text, slot)
    this.#table.putChain({ chain: { name: slot.chain }, rules: lead.rules }, slot)
  }

  /** The groups to which it led may go: from this generation on it leads nowhere. */
  #retire(slot: Slot): void {
    this.#forgetText(slot)
    this.#table.putChain({ chain: { name: slot.chain }, rules: [rule(drop)] }, slot)
    this.#retired.add(slot)
  }

  #remove(slot: Slot): void {
    this.#byChain.delete(slot.chain)
    this.#forgetText(slot)
    this.#table.dropElement(this.#maps.slots.name, slotElement(slot.number, slot.chain))
    this.#table.dropChain(slot.chain, slot)
  }

  #forgetText(slot: Slot): void {
    if (this.#byText.get(slot.lead.text) === slot) this.#byText.delete(slot.lead.text)
  }

  #makeMap(): void {
    const { direction, version, pods } = this.#maps
    this.#table.dropSet(pods.name)
    this.#maps = podMaps(direction, version, ++this.#edition)
    this.#table.putSet(this.#maps.pods)
  }

  #elementOf(interfaceName: string) {
    const seat = this.#seats.get(interfaceName)
    if (seat === undefined) throw new RangeError(`interface ${interfaceName} has no slot`)
    return this.#element(interfaceName, seat)
  }

  #element(interfaceName: string, { slot, name }: Seat) {
    return podElement(interfaceName, slot.number, name)
  }
}
