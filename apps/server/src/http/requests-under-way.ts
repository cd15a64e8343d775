/** How many requests are under way at the same time; nobody gets more than half of them, so that some are left for all others. */
import { mastersGroup, type User } from '../authentication/user.ts'
import type { RequestLimits } from './limits.ts'

/** Of those that prove nothing, all together: they ask for health, or are refused. */
const anonymousShare = 0.1
const userShare = 0.5

export class RequestsUnderWay {
  readonly #limits: RequestLimits
  readonly #counts = new Map<string, number>()

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /**
   * Undefined if there are too many; else what to call when the request has ended. As in kube-apiserver, members of
   * system:masters always get in: they have to when the server is in trouble.
   */
  enter(user: User | undefined, kind: keyof RequestLimits): (() => void) | undefined {
    if (user?.groups.includes(mastersGroup) === true) return () => undefined
    const limit = this.#limits[kind]
    const share = Math.ceil(limit * (user === undefined ? anonymousShare : userShare))
    const ownKey = `${kind} ${user === undefined ? 'anonymous' : `user ${user.name}`}`
    if (this.#count(kind) >= limit || this.#count(ownKey) >= share) return undefined
    const keys = [kind, ownKey]
    for (const key of keys) this.#add(key, 1)
    return () => {
      for (const key of keys) this.#add(key, -1)
    }
  }

  #count(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  #add(key: string, difference: number): void {
    const count = this.#count(key) + difference
    if (count > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
  }
}
