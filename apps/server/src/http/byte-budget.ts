/**
 * Bytes that may be in memory at the same time. No user gets more than half of them, and no connection more than a quarter;
 * only a single thing that is larger has to itself what it needs, or it could never pass.
 */
export interface Holder {
  readonly user: string
  readonly connection: object
}

export class ByteBudget {
  readonly #limit: number
  readonly #held = new Map<unknown, number>()
  /** Where something found no room, and nothing was given back since. */
  readonly #full = new Set<unknown>()

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** Whether it is worth making something of unknown size: not if the last one found no room, and nothing has changed. */
  hasRoom(holder: Holder): boolean {
    return this.#levelsOf(holder).every(({ key, limit }) => !this.#full.has(key) && this.#heldBy(key) < limit)
  }

  /** Whether there was room for them; then they are held until they are given back. */
  take(holder: Holder, bytes: number): boolean {
    const levels = this.#levelsOf(holder)
    const full = levels.filter(({ key, limit }) => this.#held.has(key) && this.#heldBy(key) + bytes > limit)
    for (const { key } of full) this.#full.add(key)
    if (full.length > 0) return false
    for (const { key } of levels) this.#held.set(key, this.#heldBy(key) + bytes)
    return true
  }

  giveBack(holder: Holder, bytes: number): void {
    if (bytes === 0) return
    for (const { key } of this.#levelsOf(holder)) {
      this.#full.delete(key)
      const left = this.#heldBy(key) - bytes
      if (left > 0) this.#held.set(key, left)
      else this.#held.delete(key)
    }
  }

  #levelsOf({ user, connection }: Holder): { key: unknown; limit: number }[] {
    return [
      { key: this, limit: this.#limit },
      { key: user, limit: this.#limit / 2 },
      { key: connection, limit: this.#limit / 4 },
    ]
  }

  #heldBy(key: unknown): number {
    return this.#held.get(key) ?? 0
  }
}
