/**
 * Numbers of 32 bits that stand for texts in the kernel's maps. They come from a hash, so that agents that start anew choose the
 * same ones and find the kernel as they want it; two texts whose hashes collide still get two numbers.
 */
import { hash64 } from './hash.ts'

export class Ids {
  readonly #first: number
  readonly #count: number
  readonly #prefix: string
  readonly #idByKey = new Map<string, number>()
  readonly #taken = new Set<number>()

  /**
   * Gives numbers from `first` to `last`, both within 32 bits. A key stands for the prefix and the key: it can be a text that others keep
   * as well. @throws RangeError when none is left
   */
  constructor(first: number, last: number, prefix = '') {
    this.#prefix = prefix
    this.#first = first
    this.#count = last - first + 1
  }

  id(key: string): number {
    const known = this.#idByKey.get(key)
    if (known !== undefined) return known
    const id = this.#free(Number(hash64(this.#prefix + key) % BigInt(this.#count)))
    this.#idByKey.set(key, id)
    return id
  }

  #free(wanted: number): number {
    if (this.#taken.size >= this.#count) throw new RangeError('no number is left')
    let offset = wanted
    while (this.#taken.has(offset)) offset = (offset + 1) % this.#count
    this.#taken.add(offset)
    return this.#first + offset
  }
}
