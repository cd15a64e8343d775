/**
 * Which names lead to which addresses: names own addresses, and aliases lead from name to name, in circles too.
 *
 * A name matters if policy names it, or one that matters is an alias of it: then what it leads to decides over packets.
 */
import type { Ip } from '@margay/netset'
import type { Known, KnownAddress, KnownAlias, NameNode } from './known.ts'

export type Matters = (name: string) => boolean

export class NameGraph {
  readonly #nodes = new Map<string, NameNode>()
  /** By address; most have one owner. */
  readonly #owners = new Map<string, KnownAddress | Set<KnownAddress>>()
  readonly #turned: (node: NameNode) => void
  #matters: Matters

  /** `turned` is told of each name that begins to matter, or no longer does, when it has. */
  constructor(matters: Matters, turned: (node: NameNode) => void) {
    this.#matters = matters
    this.#turned = turned
  }

  /** Made for a record that is linked next; forgotten with the last one that has it. */
  node(text: string): NameNode {
    const known = this.#nodes.get(text)
    if (known !== undefined) return known
    const isNamed = this.#matters(text)
    const node: NameNode = {
      text,
      addresses: new Map(),
      targets: new Map(),
      aliases: new Map(),
      isNamed,
      matters: isNamed,
    }
    this.#nodes.set(text, node)
    return node
  }

  find(text: string): NameNode | undefined {
    return this.#nodes.get(text)
  }

  /** Also of a name that is not known. */
  mattersNow(text: string): boolean {
    return this.#nodes.get(text)?.matters ?? this.#matters(text)
  }

  nodes(): Iterable<NameNode> {
    return this.#nodes.values()
  }

  *addresses(): Generator<Ip> {
    for (const key of this.#owners.keys())
      for (const { address } of this.#recordsOf(key)) {
        yield address
        break
      }
  }

  /** Calls `changed` with each address that has names by it that it had not, where they matter. */
  link(record: Known, changed: (address: Ip) => void): void {
    const { owner } = record
    if (owner.matters) newlyReached(record).forEach(changed)
    if (record.kind === 'address') this.#own(record)
    else this.#lead(record)
  }

  /** The opposite: what `link` would call it for now. */
  unlink(record: Known, changed: (address: Ip) => void): void {
    const { owner } = record
    const mattered = owner.matters
    if (record.kind === 'address') this.#disown(record)
    else this.#part(record)
    if (mattered) newlyReached(record).forEach(changed)
    this.#forgetUnused(owner)
    if (record.kind === 'alias') this.#forgetUnused(record.target)
  }

  /** All names that lead to an address, ascending, each once. Cost: O(those names and the aliases between them). */
  namesOf(key: string): string[] {
    const found = new Set<NameNode>()
    for (const { owner } of this.#recordsOf(key)) found.add(owner)
    for (const node of found) for (const { owner } of node.aliases.values()) found.add(owner)
    return Array.from(found, ({ text }) => text).sort()
  }

  /** These, and all whose aliases lead to one of them. Cost: O(what it gives). */
  namesAbove(names: Iterable<string>): string[] {
    const found = new Set<NameNode>()
    for (const name of names) {
      const node = this.#nodes.get(name)
      if (node !== undefined) found.add(node)
    }
    for (const node of found) for (const { owner } of node.aliases.values()) found.add(owner)
    return Array.from(found, ({ text }) => text)
  }

  /** What policy names is something else now. Cost: O(all). */
  reconsider(matters: Matters): void {
    this.#matters = matters
    for (const node of this.#nodes.values()) node.isNamed = matters(node.text)
    this.#settle(new Set(this.#nodes.values()))
  }

  #forgetUnused(node: NameNode): void {
    if (node.addresses.size + node.targets.size + node.aliases.size === 0) this.#nodes.delete(node.text)
  }

  #own(record: KnownAddress): void {
    const others = this.#owners.get(record.key)
    if (others === undefined) this.#owners.set(record.key, record)
    else if (others instanceof Set) others.add(record)
    else this.#owners.set(record.key, new Set([others, record]))
    record.owner.addresses.set(record.key, record)
  }

  #disown(record: KnownAddress): void {
    record.owner.addresses.delete(record.key)
    const owners = this.#owners.get(record.key)
    if (owners instanceof Set) owners.delete(record)
    if (owners === record || (owners instanceof Set && owners.size === 0)) this.#owners.delete(record.key)
  }

  #recordsOf(key: string): Iterable<KnownAddress> {
    const records = this.#owners.get(key)
    if (records === undefined) return []
    return records instanceof Set ? records : [records]
  }

  #lead(record: KnownAlias): void {
    const { owner, target } = record
    owner.targets.set(target.text, record)
    target.aliases.set(owner.text, record)
    if (owner.matters) this.#spread(target)
  }

  #part({ owner, target }: KnownAlias): void {
    owner.targets.delete(target.text)
    target.aliases.delete(owner.text)
    if (owner.matters && !target.isNamed) this.#settle(reachedFrom(target))
  }

  /** All that it leads to matters with it. */
  #spread(start: NameNode): void {
    const waiting = [start]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.matters) continue
      node.matters = true
      this.#turned(node)
      for (const { target } of node.targets.values()) waiting.push(target)
    }
  }

  /** Whether these matter, as names outside of them do. What any of them leads to is among them. */
  #settle(nodes: ReadonlySet<NameNode>): void {
    const mattering = new Set<NameNode>()
    for (const node of nodes) {
      const led = () => node.aliases.values().some(({ owner }) => owner.matters && !nodes.has(owner))
      if (node.isNamed || led()) mattering.add(node)
    }
    for (const node of mattering) for (const { target } of node.targets.values()) mattering.add(target)
    for (const node of nodes) {
      if (node.matters === mattering.has(node)) continue
      node.matters = !node.matters
      this.#turned(node)
    }
  }
}

/** Addresses to which the record's owner leads by it alone. */
function newlyReached(record: Known): Ip[] {
  // Most owners of addresses are no alias.
  if (record.kind === 'address' && record.owner.targets.size === 0)
    return record.owner.addresses.has(record.key) ? [] : [record.address]
  const before = reachedFrom(record.owner)
  if (record.kind === 'address')
    return before.values().some(({ addresses }) => addresses.has(record.key)) ? [] : [record.address]
  if (before.has(record.target)) return []
  const had = new Set<string>()
  for (const { addresses } of before) for (const key of addresses.keys()) had.add(key)
  const gained: Ip[] = []
  for (const node of reachedFrom(record.target))
    for (const { key, address } of node.addresses.values()) if (!had.has(key)) gained.push(address)
  return gained
}

/** The name itself, and all to which its aliases lead. */
function reachedFrom(start: NameNode): Set<NameNode> {
  const found = new Set([start])
  for (const node of found) for (const { target } of node.targets.values()) found.add(target)
  return found
}
