/** Finds what is known of a set of things, whatever their order. */
export class BySet<T, Known> {
  readonly #numbers = new Map<T, number>()
  readonly #bySum = new Map<number, { readonly members: ReadonlySet<T>; readonly known: Known }[]>()

  /** What was made for the same set. `members` is kept, and must not change. Cost: O(members). */
  of(members: ReadonlySet<T>, make: () => Known): Known {
    let sum = members.size
    for (const it of members) sum = (sum + this.#numberOf(it)) | 0
    const alike = this.#bySum.get(sum) ?? []
    const found = alike.find((it) => isSame(it.members, members))
    if (found !== undefined) return found.known
    const known = make()
    alike.push({ members, known })
    this.#bySum.set(sum, alike)
    return known
  }

  clear(): void {
    this.#bySum.clear()
    this.#numbers.clear()
  }

  #numberOf(it: T): number {
    const known = this.#numbers.get(it)
    if (known !== undefined) return known
    const number = mixed(this.#numbers.size + 1)
    this.#numbers.set(it, number)
    return number
  }
}

/** Spread over 32 bits, so that sums of different sets hardly ever meet. Source: the finalizer of MurmurHash3 (public domain). */
function mixed(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
  return bits ^ (bits >>> 16)
}

function isSame<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  if (one.size !== other.size) return false
  for (const it of one) if (!other.has(it)) return false
  return true
}
