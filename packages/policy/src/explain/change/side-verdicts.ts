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
import { classesBy } from './classes-by.ts'
import type { Crowd } from './crowd.ts'
import type { Kind, Likeness } from './likeness.ts'
import type { End } from './pairs.ts'

/** `state` is always one in which the same is decided. */
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

  /** What an end of a kind lets pass, by the number of the peer. Cost: O(crowd) for each kind. */
  list(state: PolicyState, end: End, { number }: Kind): Uint8Array {
    const known = this.#lists.get(number)
    if (known !== undefined) return known
    const found = new Uint8Array(this.#crowd.size)
    const byClass: (number | undefined)[] = []
    // What is asked of peers is known by sets of this state.
    const classes = classesOf(this.#likeness.of(state, end).asked, this.#crowd)
    for (let peer = 0; peer < classes.length; peer++) {
      const its = classes[peer] as number
      byClass[its] ??= this.#ask(state, end, peer)
      found[peer] = byClass[its]
    }
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
  const lists = criteria.flatMap((criterion) => {
    const meeting = crowd.meeting(criterion)
    // What names and services mean is each workload's own.
    const isOwn = criterion.kind === 'Names' || criterion.kind === 'Service'
    return isOwn ? Array.from(meeting, (it) => [it]) : [meeting]
  })
  return classesBy(lists, crowd.size)
}
