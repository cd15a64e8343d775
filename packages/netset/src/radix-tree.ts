/**
 * A path-compressed binary tree over prefixes of one length of key: the store behind `PrefixTree`.
 *
 * A vertex is a number; its prefix and its two children lie in typed arrays at that number, so that 100,000 prefixes
 * cost a few megabytes and no work for the garbage collector. The root is vertex 0, holds the empty prefix, and is
 * nobody's child: child 0 means "none".
 * Holds   Every vertex but the root has a value or two children, so n values need fewer than 2n vertices.
 * Cost    O(prefix length) for each operation, whatever the number of prefixes.
 */
export interface RadixEntry<V> {
  readonly key: Uint32Array
  readonly prefixLength: number
  readonly value: V
}

const root = 0
const none = 0

export class RadixTree<V> {
  readonly #wordsPerKey: number
  #keys: Uint32Array
  #lengths: Uint8Array
  #children: Int32Array
  /** A boxed value, so that `undefined` can be one. */
  readonly #values: ({ value: V } | undefined)[] = [undefined]
  readonly #free: number[] = []
  #size = 0

  /** Keys are `wordsPerKey` words of 32 bits, the most significant first: 1 for IPv4, 4 for IPv6. */
  constructor(wordsPerKey: number) {
    this.#wordsPerKey = wordsPerKey
    this.#keys = new Uint32Array(wordsPerKey * 16)
    this.#lengths = new Uint8Array(16)
    this.#children = new Int32Array(32)
  }

  /** How many prefixes have a value. */
  get size(): number {
    return this.#size
  }

  /** Bits of `key` after `prefixLength` must be zero. */
  set(key: Uint32Array, prefixLength: number, value: V): void {
    const vertex = this.#ensure(key, prefixLength)
    if (this.#values[vertex] === undefined) this.#size += 1
    this.#values[vertex] = { value }
  }

  get(key: Uint32Array, prefixLength: number): { value: V } | undefined {
    const vertex = this.#path(key, prefixLength).at(-1) ?? root
    return this.#length(vertex) === prefixLength ? this.#values[vertex] : undefined
  }

  delete(key: Uint32Array, prefixLength: number): boolean {
    const path = this.#path(key, prefixLength)
    const vertex = path.at(-1) ?? root
    if (this.#length(vertex) !== prefixLength || this.#values[vertex] === undefined) return false
    this.#values[vertex] = undefined
    this.#size -= 1
    this.#prune(vertex, path.at(-2) ?? root, path.at(-3) ?? root)
    return true
  }

  /** The values of all prefixes of this full-length key, the shortest first. */
  *matches(key: Uint32Array): Generator<RadixEntry<V>> {
    for (const vertex of this.#path(key, this.#wordsPerKey * 32)) yield* this.#entry(vertex)
  }

  /** As `matches`, without the prefixes. */
  valuesAt(key: Uint32Array): V[] {
    const values: V[] = []
    const keyBits = this.#wordsPerKey * 32
    for (
      let vertex: number | undefined = root;
      vertex !== undefined;
      vertex = this.#next(vertex, key, keyBits)
    ) {
      const boxed = this.#values[vertex]
      if (boxed !== undefined) values.push(boxed.value)
    }
    return values
  }

  longestMatch(key: Uint32Array): RadixEntry<V> | undefined {
    let longest: number | undefined
    const keyBits = this.#wordsPerKey * 32
    for (
      let vertex: number | undefined = root;
      vertex !== undefined;
      vertex = this.#next(vertex, key, keyBits)
    ) {
      if (this.#values[vertex] !== undefined) longest = vertex
    }
    return longest === undefined ? undefined : this.#entry(longest)[0]
  }

  /** Sorted by key, a prefix before what it covers. The tree must not change meanwhile. */
  *entries(vertex = root): Generator<RadixEntry<V>> {
    yield* this.#entry(vertex)
    for (const side of [0, 1]) {
      const child = this.#child(vertex, side)
      if (child !== none) yield* this.entries(child)
    }
  }

  #entry(vertex: number): RadixEntry<V>[] {
    const boxed = this.#values[vertex]
    if (boxed === undefined) return []
    const start = vertex * this.#wordsPerKey
    const key = this.#keys.slice(start, start + this.#wordsPerKey)
    return [{ key, prefixLength: this.#length(vertex), value: boxed.value }]
  }

  /** From the root down, all vertices whose prefix is a prefix of this one. */
  #path(key: Uint32Array, prefixLength: number): number[] {
    const path: number[] = []
    for (
      let vertex: number | undefined = root;
      vertex !== undefined;
      vertex = this.#next(vertex, key, prefixLength)
    ) {
      path.push(vertex)
    }
    return path
  }

  #next(vertex: number, key: Uint32Array, prefixLength: number): number | undefined {
    const depth = this.#length(vertex)
    if (depth >= prefixLength) return undefined
    const child = this.#child(vertex, bitAt(key, depth))
    if (child === none || this.#length(child) > prefixLength) return undefined
    return this.#commonLength(child, key, prefixLength) === this.#length(child) ? child : undefined
  }

  /** The vertex of this prefix, made if it is not there. */
  #ensure(key: Uint32Array, prefixLength: number): number {
    const parent = this.#path(key, prefixLength).at(-1) ?? root
    const depth = this.#length(parent)
    if (depth === prefixLength) return parent
    const side = bitAt(key, depth)
    const sibling = this.#child(parent, side)
    const vertex = this.#create(key, prefixLength)
    this.#setChild(parent, side, sibling === none ? vertex : this.#join(sibling, vertex, key, prefixLength))
    return vertex
  }

  /** The top of a branch with both vertices: the new one itself if it is a prefix of the other, else a fork. */
  #join(old: number, added: number, key: Uint32Array, prefixLength: number): number {
    const common = this.#commonLength(old, key, prefixLength)
    const oldSide = this.#bitOf(old, common)
    if (common === prefixLength) {
      this.#setChild(added, oldSide, old)
      return added
    }
    const fork = this.#create(maskWords(key, common), common)
    this.#setChild(fork, oldSide, old)
    this.#setChild(fork, 1 - oldSide, added)
    return fork
  }

  /** Takes out a vertex that has lost its value, and then its parent if that was only a fork. */
  #prune(vertex: number, parent: number, grandparent: number): void {
    if (vertex === root || this.#values[vertex] !== undefined) return
    const left = this.#child(vertex, 0)
    const right = this.#child(vertex, 1)
    if (left !== none && right !== none) return
    this.#setChild(parent, this.#child(parent, 0) === vertex ? 0 : 1, left === none ? right : left)
    this.#release(vertex)
    if (left === none && right === none) this.#prune(parent, grandparent, root)
  }

  #create(key: Uint32Array, prefixLength: number): number {
    const vertex = this.#free.pop() ?? this.#values.length
    if (vertex >= this.#lengths.length) this.#grow()
    this.#values[vertex] = undefined
    this.#keys.set(key, vertex * this.#wordsPerKey)
    this.#lengths[vertex] = prefixLength
    return vertex
  }

  #release(vertex: number): void {
    this.#setChild(vertex, 0, none)
    this.#setChild(vertex, 1, none)
    this.#free.push(vertex)
  }

  #grow(): void {
    const capacity = this.#lengths.length * 2
    this.#keys = copyInto(new Uint32Array(capacity * this.#wordsPerKey), this.#keys)
    this.#lengths = copyInto(new Uint8Array(capacity), this.#lengths)
    this.#children = copyInto(new Int32Array(capacity * 2), this.#children)
  }

  /** How many leading bits a vertex's prefix and this prefix share. */
  #commonLength(vertex: number, key: Uint32Array, prefixLength: number): number {
    const limit = Math.min(this.#length(vertex), prefixLength)
    const start = vertex * this.#wordsPerKey
    for (let word = 0; word * 32 < limit; word += 1) {
      const difference = (this.#keys[start + word] ?? 0) ^ (key[word] ?? 0)
      if (difference !== 0) return Math.min(limit, word * 32 + Math.clz32(difference))
    }
    return limit
  }

  #length(vertex: number): number {
    return this.#lengths[vertex] ?? 0
  }

  #child(vertex: number, side: number): number {
    return this.#children[vertex * 2 + side] ?? none
  }

  #setChild(vertex: number, side: number, child: number): void {
    this.#children[vertex * 2 + side] = child
  }

  #bitOf(vertex: number, index: number): number {
    return bitAt(this.#keys, index, vertex * this.#wordsPerKey)
  }
}

/** Bit `index` of a key that starts at word `start`; bit 0 is the most significant one. */
function bitAt(words: Uint32Array, index: number, start = 0): number {
  return ((words[start + (index >>> 5)] ?? 0) >>> (31 - (index & 31))) & 1
}

function maskWords(key: Uint32Array, prefixLength: number): Uint32Array {
  return key.map((word, index) => {
    const kept = Math.min(32, Math.max(0, prefixLength - index * 32))
    return kept === 0 ? 0 : word & (-1 << (32 - kept))
  })
}

function copyInto<A extends { set(source: ArrayLike<number>): void }>(
  target: A,
  source: ArrayLike<number>,
): A {
  target.set(source)
  return target
}
