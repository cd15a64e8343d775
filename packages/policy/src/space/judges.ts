/** One judge for all endpoints that the same tiers with the same policies govern. */
import type { IpVersion } from '@margay/netset'
import type { Sent } from '../model/flow.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import { CriteriaTable } from './criteria-table.ts'
import { Judge } from './judge.ts'
import type { Traffics } from './traffic.ts'

export interface JudgesContext {
  readonly traffics: Traffics
  readonly version: IpVersion
  readonly request?: Sent | undefined
}

export class Judges {
  /** All that the rules of those asked for ask of peers. */
  readonly table = new CriteriaTable()
  readonly #context: JudgesContext
  readonly #known = new Map<string, Judge>()
  readonly #numbers = new Map<object, number>()

  constructor(context: JudgesContext) {
    this.#context = context
  }

  get all(): Iterable<Judge> {
    return this.#known.values()
  }

  of(policy: EffectivePolicy): Judge {
    const key = this.#keyOf(policy)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { traffics, version, request } = this.#context
    const made = new Judge(policy, { table: this.table, traffics, version, request })
    this.#known.set(key, made)
    return made
  }

  /** Of any object: the same for the same. */
  numberOf(it: object): number {
    const known = this.#numbers.get(it)
    if (known !== undefined) return known
    this.#numbers.set(it, this.#numbers.size)
    return this.#numbers.size - 1
  }

  #keyOf({ direction, tiers }: EffectivePolicy): string {
    const texts = tiers.map(({ name, defaultAction, policies }) =>
      [name, defaultAction, policies.map((it) => this.numberOf(it)).join()].join(' '),
    )
    return [direction, ...texts].join('\n')
  }
}
