/**
 * Numbers of 32 bits that stand for texts in the kernel's maps. They come from a hash, so that agents that start anew choose the
 * same ones and find the kernel as they want it; two texts whose hashes collide still get two numbers.
 */
import { hash64 } from './hash.ts'

export class Ids {
  readonly #first: number
  readonly #count: number
  /** By the offset from `first`, signed: V8 holds other numbers of 32 bits in an object. */
  readonly #keyAt = new Map<number, string>()

  /** Gives numbers from `first` to `last`, both within 32 bits. @throws RangeError when none is left */
  constructor(first: number, last: number) {
    this.#first = first
    this.#count = last - first + 1
  }

  id(key: string): number {
    let offset = Number(hash64(key) % BigInt(this.#count))
    for (let tried = 0; tried < this.#count; tried++) {
      const there = this.#keyAt.get(offset | 0)
      if (there === undefined) this.#keyAt.set(offset | 0, key)
      if (there === undefined || there === key) return this.#first + offset
      offset = (offset + 1) % this.#count
    }
    throw new RangeError('no number is left')
  }
}
