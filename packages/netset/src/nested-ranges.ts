/** Prefixes that nest ▶ ranges of addresses that do not overlap, each with the owners of all prefixes around it. */
import { type Cidr, compareCidrs, lastAddress } from './cidr.ts'

export interface OwnedCidr<Owner> {
  readonly cidr: Cidr
  readonly owner: Owner
}

export interface OwnedRange<Owner> {
  /** The first and the last address, both included, as numbers. */
  readonly first: bigint
  readonly last: bigint
  /** Of the prefixes that hold the range, the widest first; one owner can stand there more than once. */
  readonly owners: readonly Owner[]
}

/**
 * All prefixes must be of one IP version. Ranges come in ascending order; addresses in no prefix are in none of them.
 * Cost: O(n log n).
 */
export function nestedRanges<Owner>(entries: readonly OwnedCidr<Owner>[]): OwnedRange<Owner>[] {
  const sweep = new Sweep<Owner>()
  for (const entry of entries.toSorted((left, right) => compareCidrs(left.cidr, right.cidr)))
    sweep.enter(entry)
  sweep.leaveAll()
  return sweep.ranges
}

/** Two prefixes are apart, or one is in the other: those that hold the current address are a stack. */
class Sweep<Owner> {
  readonly ranges: OwnedRange<Owner>[] = []
  readonly #around: { readonly last: bigint; readonly owner: Owner }[] = []
  #next = 0n

  enter({ cidr, owner }: OwnedCidr<Owner>): void {
    this.#leaveBefore(cidr.base)
    this.#close(cidr.base - 1n)
    this.#around.push({ last: lastAddress(cidr), owner })
    this.#next = cidr.base
  }

  leaveAll(): void {
    while (this.#around.length > 0) this.#leave()
  }

  #leaveBefore(address: bigint): void {
    for (let top = this.#around.at(-1); top !== undefined && top.last < address; top = this.#around.at(-1)) {
      this.#leave()
    }
  }

  #leave(): void {
    const last = this.#around.at(-1)?.last ?? 0n
    this.#close(last)
    this.#around.pop()
    this.#next = last + 1n
  }

  /** Ends the current range at `last`, unless it is empty or in no prefix. */
  #close(last: bigint): void {
    if (this.#around.length === 0 || last < this.#next) return
    this.ranges.push({ first: this.#next, last, owners: this.#around.map(({ owner }) => owner) })
  }
}
