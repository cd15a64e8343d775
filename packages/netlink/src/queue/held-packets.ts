/** Which packets a queue holds, in the order in which they came, and how few messages say what becomes of some of them. Pure. */

/** Packets that get the same verdict. */
export interface Decided {
  /** The oldest of all, up to this one; undefined: by none at once. */
  readonly upTo: number | undefined
  /** And each of these, in the order in which they came. */
  readonly each: readonly number[]
}

export class HeldPackets {
  readonly #ids = new Set<number>()
  #last: number
  /** Numbers so far went up. Were they not, "up to this one" would not be what came before it. */
  #isOrdered = true

  /** The number before the first: 0 for a queue that was just taken. */
  constructor(last = 0) {
    this.#last = last
  }

  get size(): number {
    return this.#ids.size
  }

  /** How many packets the kernel numbered between the last one and this one: nobody was told of them. */
  add(id: number): number {
    const missing = (id - this.#last - 1) >>> 0
    const isNext = missing <= 0x7fff_ffff
    this.#ids.add(id)
    this.#isOrdered &&= isNext
    if (isNext) this.#last = id
    return isNext ? missing : 0
  }

  /** Those of the packets that are held no longer are. Cost: O(packets). */
  take(packets: Iterable<number>): Decided {
    const asked = new Set([...packets].filter((id) => this.#ids.has(id)))
    const oldest = this.#isOrdered ? this.#oldestAmong(asked) : []
    const isWorthIt = oldest.length > 1
    if (isWorthIt) for (const id of oldest) asked.delete(id)
    for (const id of [...asked, ...oldest]) this.#ids.delete(id)
    return { upTo: isWorthIt ? oldest.at(-1) : undefined, each: [...asked].sort(byArrival) }
  }

  #oldestAmong(asked: ReadonlySet<number>): number[] {
    const oldest: number[] = []
    for (const id of this.#ids) {
      if (!asked.has(id)) break
      oldest.push(id)
    }
    return oldest
  }
}

/** Numbers of 32 bits that begin anew: of two, the later is less than half of all numbers ahead. Source: Linux, nfq_id_after. */
function byArrival(one: number, other: number): number {
  return (one - other) | 0
}
