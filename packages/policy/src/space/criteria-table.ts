/** All criteria that rules ask of peers, each once and with a number. */
import { type Criterion, criteriaOf } from '../classify/criteria.ts'
import type { PeerMatch } from '../model/rule.ts'

/** One side of a rule, by the numbers of its criteria. */
export interface NumberedSide {
  readonly all: readonly number[]
  /** Those that must be met, and those that must not. */
  readonly positive: readonly number[]
  readonly negative: readonly number[]
}

export class CriteriaTable {
  readonly criteria: Criterion[] = []
  readonly #numbers = new Map<string, number>()
  readonly #sides = new WeakMap<PeerMatch, NumberedSide>()

  sideOf(match: PeerMatch): NumberedSide {
    const known = this.#sides.get(match)
    if (known !== undefined) return known
    const { all, positive, negative } = criteriaOf(match)
    const numbers = (list: readonly Criterion[]) => list.map((it) => this.#numberOf(it))
    const made = { all: numbers(all), positive: numbers(positive), negative: numbers(negative) }
    this.#sides.set(match, made)
    return made
  }

  /** @throws RangeError for one that no side had */
  numberOf(key: string): number {
    const number = this.#numbers.get(key)
    if (number === undefined) throw new RangeError(`no criterion ${key}`)
    return number
  }

  #numberOf(criterion: Criterion): number {
    const known = this.#numbers.get(criterion.key)
    if (known !== undefined) return known
    this.#numbers.set(criterion.key, this.criteria.length)
    return this.criteria.push(criterion) - 1
  }
}
