/** How many connections between workloads does a change gain or lose? */
import type { Flow } from '../../model/flow.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { ChangedEnds } from './changed-ends.ts'
import { Crowd } from './crowd.ts'
import { ChangedKinds, Kinds } from './kinds.ts'
import { Likeness } from './likeness.ts'
import { countOf, type End, eachPair, type PairsOptions } from './pairs.ts'
import { SideVerdicts } from './side-verdicts.ts'

/** What one end lets pass after a change, by the number of the peer. */
interface After {
  readonly near: Uint8Array
  /** What the peer lets pass, where that may be something else than before; undefined: nowhere. */
  readonly far: Uint8Array | undefined
}

/** What is needed of the state after a change, to be compared when it was taken back. */
export interface LookedAt {
  readonly pairs: PairsOptions
  readonly after: readonly After[]
}

export interface ChangedConnections {
  /** To the port that was asked about, and to another one. */
  readonly others: number
  readonly elsewhere: number
  /** Of how many it is known. */
  readonly asked: number
}

/** Of one question, for one change after another. */
export class WorkloadConnections {
  readonly crowd: Crowd
  readonly #asked: PairsOptions['asked']
  readonly #likeness: Likeness
  /** Of those that a change does not concern, and of all when it was taken back: these are the same in all states that are seen here. */
  readonly #kinds: Kinds
  readonly #before: SideVerdicts

  constructor(state: PolicyState, flow: Flow) {
    this.crowd = new Crowd(state, flow)
    this.#likeness = new Likeness(this.crowd)
    this.#kinds = new Kinds(this.#likeness)
    this.#before = new SideVerdicts(this.crowd, this.#likeness)
    this.#asked = {
      source: this.crowd.numberOf(flow.source.endpoint?.key),
      destination: this.crowd.numberOf(flow.destination.endpoint?.key),
    }
  }

  /** In the state after a change. `most`: of how many connections, at most. */
  lookAt(state: PolicyState, ends: ChangedEnds, most: number): LookedAt {
    const pairs = { crowd: this.crowd, ends, asked: this.#asked, most }
    const verdicts = new SideVerdicts(this.crowd, this.#likeness)
    const changed = new ChangedKinds(this.#likeness, this.#kinds, ends)
    const after: After[] = []
    eachPair(pairs, (end) => {
      const near = verdicts.list(state, end, changed.of(state, end))
      const far = mayFarDiffer(end, ends) ? new Uint8Array(this.crowd.size) : undefined
      after.push({ near, far })
      if (far === undefined) return () => {}
      return (peer) => {
        if (near[peer] === 0 || !mayDiffer(end, peer, ends)) return
        const other = oppositeOf(end, peer)
        const kinds = changedIn(other, ends).has(peer) ? changed : this.#kinds
        far[peer] = verdicts.one(state, other, kinds.of(state, other), end.end)
      }
    })
    return { pairs, after }
  }

  /** `state`: when the change was taken back. */
  changed(state: PolicyState, { pairs, after }: LookedAt): ChangedConnections {
    const counts = { others: 0, elsewhere: 0, asked: 0 }
    let at = 0
    eachPair(pairs, (end) => {
      const [near, is] = [this.#before.list(state, end, this.#kinds.of(state, end)), after[at] as After]
      at += 1
      return (peer, packets) => {
        counts.asked += countOf(packets)
        const was = near[peer] as number
        const turned = was ^ (is.near[peer] as number)
        const isFarOther = is.far !== undefined && mayDiffer(end, peer, pairs.ends)
        if (turned === 0 && (was === 0 || !isFarOther)) return
        // The far side is asked only where that matters.
        const far = was === 0 && isFarOther ? 0 : this.#farBefore(state, end, peer)
        const changed = isFarOther ? changedBits(was & far, is, peer) : turned & far
        counts.others += changed & packets & 1
        counts.elsewhere += (changed & packets) >> 1
      }
    })
    return counts
  }

  #farBefore(state: PolicyState, end: End, peer: number): number {
    const other = oppositeOf(end, peer)
    return this.#before.one(state, other, this.#kinds.of(state, other), end.end)
  }
}

/** Bits of the packets that pass only before, or only after. */
function changedBits(before: number, { near, far }: After, peer: number): number {
  return before ^ ((near[peer] as number) & (far?.[peer] as number))
}

/** At any peer. */
function mayFarDiffer(end: End, ends: ChangedEnds): boolean {
  return ends.others.size > 0 || changedIn(oppositeOf(end, end.end), ends).size > 0
}

/** Of labels that changed, also at somebody who has an address in common. */
function mayDiffer(end: End, peer: number, ends: ChangedEnds): boolean {
  return ends.others.size > 0 || changedIn(oppositeOf(end, peer), ends).has(peer)
}

function changedIn(
  { direction }: Pick<End, 'direction'>,
  { senders, receivers }: ChangedEnds,
): ReadonlySet<number> {
  return direction === 'Egress' ? senders : receivers
}

/** The peer's side of a connection with an end. */
function oppositeOf({ direction }: End, peer: number): End {
  return { end: peer, direction: direction === 'Egress' ? 'Ingress' : 'Egress' }
}
