/** Of which kind each end is, in the state of a question and in those after changes. */
import type { PolicyState } from '../../state/policy-state.ts'
import type { ChangedEnds } from './changed-ends.ts'
import type { Kind, Likeness } from './likeness.ts'
import type { End } from './pairs.ts'

/** As things are when no change is made; whoever a change does not concern is of the same kind after it, and may be asked for then. */
export class Kinds {
  readonly #likeness: Likeness
  readonly #known = { Ingress: [] as (Kind | undefined)[], Egress: [] as (Kind | undefined)[] }

  constructor(likeness: Likeness) {
    this.#likeness = likeness
  }

  /** Undefined: nobody asked yet. */
  known({ end, direction }: End): Kind | undefined {
    return this.#known[direction][end]
  }

  /** Only of the direction that is asked about: after a change the other one may be of another kind. */
  of(state: PolicyState, { end, direction }: End): Kind {
    const known = this.#known[direction]
    known[end] ??= this.#likeness.of(state, { end, direction })
    return known[end]
  }
}

/** After a change, of those that it concerns. */
export class ChangedKinds {
  readonly #likeness: Likeness
  readonly #before: Kinds
  readonly #ends: ChangedEnds
  readonly #single: Kinds
  /** By the kind before the change, and by which of the policies that came or went select an end of it. */
  readonly #shared = new Map<number, Kind>()

  constructor(likeness: Likeness, before: Kinds, ends: ChangedEnds) {
    this.#likeness = likeness
    this.#single = new Kinds(likeness)
    this.#before = before
    this.#ends = ends
  }

  /** Cost: nothing is looked for, if one that was of the same kind was asked about. */
  of(state: PolicyState, it: End): Kind {
    const before = this.#ends.others.has(it.end) ? undefined : this.#before.known(it)
    if (before === undefined || before.isAlone) return this.#single.of(state, it)
    const key = before.number * this.#ends.selection.length + (this.#ends.selection[it.end] as number)
    const found = this.#shared.get(key) ?? this.#likeness.of(state, it)
    if (found.isAlone) return this.#single.of(state, it)
    this.#shared.set(key, found)
    return found
  }
}
