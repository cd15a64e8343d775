/** Notices classes at which names of ports mean what they meant nowhere before: a group that reads them has to be decided anew. */
import type { Criterion, Peer } from '@margay/policy'
import type { GroupDecider } from '../decide/decide-group.ts'
import { eachOnce } from '../decide/group-criteria.ts'
import type { ClassRows } from './class-rows.ts'

export class NamingWatch implements ClassRows {
  readonly criteria: readonly Criterion[]
  readonly classes: Iterable<number> = []
  readonly #decider: GroupDecider
  readonly #notice: () => void

  constructor(decider: GroupDecider, notice: () => void) {
    this.criteria = eachOnce(decider.namingCriteria)
    this.#decider = decider
    this.#notice = notice
  }

  answerFor(): undefined {
    return undefined
  }

  addClass(_: number, peer: Peer): void {
    if (!this.#decider.covers(peer)) this.#notice()
  }

  removeClass(): void {
    // It has no rows.
  }
}
