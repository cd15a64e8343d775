/**
 * What workloads of a state decide about packets from or to each other, each side by itself. Of ends that are alike, and of peers that
 * these can't tell apart, one each is asked: that is exact, and in a large cluster nearly all are like others.
 *
 * What is let pass is a number with a bit for each of the crowd's packets.
 */
import type { Criterion } from '../../classify/criteria.ts'
import { judgeWorkload } from '../../evaluate/judge-workload.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { Crowd } from './crowd.ts'
import type { Kind, Likeness } from './likeness.ts'
import type { End } from './pairs.ts'

export class SideVerdicts {
  readonly #crowd: Crowd
  readonly #likeness: Likeness
  /** By kind of the end. */
  readonly #lists = new Map<number, Uint8Array>()
  /** By kind of the end, and by kind and peer. */
  readonly #ofAll = new Map<number, number>()
  readonly #ofOne = new Map<number, number>()

  constructor(crowd: Crowd, likeness: Likeness) {
    this.#crowd = crowd
    this.#likeness = likeness
  }

  /** What an end lets pass, by the number of the peer. Cost: O(crowd) for each kind of ends. `state`: always one in which the same is decided. */
  list(state: PolicyState, end: End): Uint8Array {
    const { number, asked } = this.#likeness.of(state, end)
    const known = this.#lists.get(number)
    if (known !== undefined) return known
    const byClass: (number | undefined)[] = []
    const found = Uint8Array.from(classesOf(asked, this.#crowd), (number, peer) => {
      byClass[number] ??= this.#ask(state, end, peer)
      return byClass[number]
    })
    this.#lists.set(number, found)
    return found
  }

  /** What an end of a kind lets pass from or to one peer. Cost: mostly one question for all of a kind, and for all of their peers. */
  one(state: PolicyState, end: End, { number, asked }: Kind, peer: number): number {
    const [known, key] =
      asked.length === 0 ? [this.#ofAll, number] : [this.#ofOne, number * this.#crowd.size + peer]
    const found = known.get(key) ?? this.#ask(state, end, peer)
    known.set(key, found)
    return found
  }

  #ask(state: PolicyState, { end, direction }: End, peer: number): number {
    const [own, other] = [this.#crowd.peerIn(state, end), this.#crowd.peerIn(state, peer)]
    const [source, destination] = direction === 'Ingress' ? [other, own] : [own, other]
    const bits = this.#crowd.packets.map((packet, bit) => {
      const flow = { ...packet, source, destination }
      return judgeWorkload(state, own.endpoint as Endpoint, direction, flow).verdict === 'Allow'
        ? 1 << bit
        : 0
    })
    return bits.reduce((all, bit) => all | bit, 0)
  }
}

/** Of each of the crowd the number of its class: of those that meet the same of the criteria. */
function classesOf(criteria: readonly Criterion[], crowd: Crowd): Int32Array {
  const classes = new Int32Array(crowd.size)
  let count = 1
  for (const criterion of criteria) {
    // What names and services mean is each workload's own.
    const isOwn = criterion.kind === 'Names' || criterion.kind === 'Service'
    const split = new Map<number, number>()
    for (const number of new Set(crowd.meeting(criterion))) {
      const before = classes[number] as number
      const known = isOwn ? undefined : split.get(before)
      classes[number] = known ?? count
      if (known === undefined) split.set(before, count++)
    }
  }
  return classes
}
