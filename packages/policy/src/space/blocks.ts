/** A square table by rows ▶ the fewest blocks of positions that are alike: with equal rows and equal columns. */
export function blocksOf(size: number, cells: Int32Array): number[][] {
  const table = new Table(cells, size)
  const byHash = new Map<number, number[][]>()
  const blocks: number[][] = []
  for (let position = 0; position < size; position++) {
    const hash = table.hashOf(position)
    const candidates = byHash.get(hash) ?? []
    if (candidates.length === 0) byHash.set(hash, candidates)
    const known = candidates.find(([first]) => first !== undefined && table.areAlike(first, position))
    if (known !== undefined) known.push(position)
    else {
      const made = [position]
      candidates.push(made)
      blocks.push(made)
    }
  }
  return blocks
}

class Table {
  readonly #cells: Int32Array
  readonly #size: number

  constructor(cells: Int32Array, size: number) {
    this.#cells = cells
    this.#size = size
  }

  /** Equal for those that are alike; seldom for others. */
  hashOf(position: number): number {
    let hash = 0
    for (let i = 0; i < this.#size; i++) {
      hash = (Math.imul(hash, 31) + this.#at(position, i)) | 0
      hash = (Math.imul(hash, 31) + this.#at(i, position)) | 0
    }
    return hash
  }

  areAlike(one: number, other: number): boolean {
    for (let i = 0; i < this.#size; i++) {
      if (this.#at(one, i) !== this.#at(other, i) || this.#at(i, one) !== this.#at(i, other)) return false
    }
    return true
  }

  #at(row: number, column: number): number {
    return this.#cells[row * this.#size + column] as number
  }
}
