/** What is gained and lost from one set of packets to another, by number. */
import { notOurs } from './connectivity.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** One of them at least is not empty. */
export interface Change {
  readonly gained: Traffic
  readonly lost: Traffic
}

export class Changes {
  readonly #traffics: Traffics
  readonly #byCode: (Change | undefined)[] = [undefined]
  readonly #known = new Map<number, number>()

  constructor(traffics: Traffics) {
    this.#traffics = traffics
  }

  /** By ids: 0 where nothing changes, and a number for each different change; `notOurs` where nothing is judged. */
  codeOf(was: number, is: number): number {
    if (was === is) return is === notOurs ? notOurs : 0
    const key = was * 0x1_00_00_00 + is
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const [one, other] = [this.#traffics.withId(was), this.#traffics.withId(is)]
    const code = this.#find(this.#traffics.subtract(other, one), this.#traffics.subtract(one, other))
    this.#known.set(key, code)
    return code
  }

  of(code: number): Change | undefined {
    return this.#byCode[code]
  }

  /** Different sets of packets before and after may be the same change. */
  #find(gained: Traffic, lost: Traffic): number {
    const known = this.#byCode.findIndex((it) => it?.gained === gained && it.lost === lost)
    return known > 0 ? known : this.#byCode.push({ gained, lost }) - 1
  }
}
