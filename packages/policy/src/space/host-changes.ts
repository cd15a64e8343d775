/** How two ways of treating packets differ, stage by stage, for all packets between all that there are. */
import type { Direction } from '../model/rule.ts'
import type { HostStage } from '../state/effective-host-policy.ts'
import type { Facts } from './facts.ts'
import { type Block, rowsBetween } from './flows-between.ts'
import { type HostMeaning, hostStages } from './host-meanings.ts'
import type { HostOutcome, HostStageJudge } from './host-stage.ts'
import type { SpacePeer } from './peer-classes.ts'
import { everyNumber, rectangle } from './region.ts'
import { isSameSpans } from './span.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** What becomes of packets that had another fate before. One of the sets at least is not empty. */
export interface HostChangeRow extends HostOutcome {
  readonly from: Block
  readonly to: Block
  /** Does the block have all that there are? */
  readonly isFromAll: boolean
  readonly isToAll: boolean
}

export interface StageChange {
  readonly stage: HostStage
  readonly direction: Direction
  /** Never empty. */
  readonly rows: readonly HostChangeRow[]
}

/** A peer that is in both states, and what is known of it in each. */
export interface Place {
  readonly peer: SpacePeer
  readonly before: Facts
  readonly after: Facts
}

export interface ChangeContext {
  readonly places: readonly Place[]
  /** All of them. */
  readonly everybody: Block
  /** Addresses that are not outside; ascending. */
  readonly holes: readonly bigint[]
  readonly traffics: Traffics
  /** What comes to the node in a tunnel in both states. */
  readonly tunnelled: Traffic
}

interface TwoStages {
  readonly stage: HostStage
  readonly direction: Direction
  readonly before: HostStageJudge
  readonly after: HostStageJudge
}

export function changesOf(before: HostMeaning, after: HostMeaning, context: ChangeContext): StageChange[] {
  const stages = hostStages.map(
    (at, i): TwoStages => ({
      ...at,
      before: before.stages[i] as HostStageJudge,
      after: after.stages[i] as HostStageJudge,
    }),
  )
  return [...ingressChanges(stages, context), ...egressChanges(stages, context)]
}

/** Which packets come to a stage in both states, from the far side to the own. */
type Arriving = (own: Sort, peer: Sort) => Traffic

/**
 * Destination NAT comes behind the early stages, and makes whatever it likes of destinations: a packet comes to the later ones if one
 * that the early ones pass on could be made into it.
 */
function ingressChanges(all: readonly TwoStages[], context: ChangeContext): StageChange[] {
  const stages = all.filter(({ direction }) => direction === 'Ingress')
  const [untracked, preDNAT, normal, forward] = stages as [TwoStages, TwoStages, TwoStages, TwoStages]
  const { traffics, tunnelled } = context
  const study = new Study(stages, context)
  const tracked: Arriving = (own, peer) => study.passedOn(untracked, own, peer)
  const beyond = memoized((peer: Sort) =>
    study.owns
      .map((own) => traffics.intersect(tracked(own, peer), study.passedOn(preDNAT, own, peer)))
      .map((packets) => toAnywhere(packets, traffics))
      .reduce((sum, it) => traffics.unite(sum, it), traffics.none),
  )
  return [
    ...study.changesAt(untracked, () => traffics.all),
    ...study.changesAt(preDNAT, tracked),
    ...study.changesAt(normal, (_, peer) => traffics.subtract(beyond(peer), tunnelled)),
    ...study.changesAt(forward, (_, peer) => beyond(peer)),
  ]
}

/** What is translated may leave by another interface than that whose untracked policy saw it: each stage may get everything. */
function egressChanges(all: readonly TwoStages[], context: ChangeContext): StageChange[] {
  const stages = all.filter(({ direction }) => direction === 'Egress')
  const study = new Study(stages, context)
  return stages.flatMap((it) => study.changesAt(it, () => context.traffics.all))
}

/** The same packets with all destination ports. ICMP messages stay what they are. */
function toAnywhere({ slices }: Traffic, traffics: Traffics): Traffic {
  const region = (slabs: (typeof slices)[number]['region']) =>
    rectangle(
      slabs.map(({ first }) => first),
      everyNumber,
    )
  return traffics.of(slices.map((slice) => ({ ...slice, region: region(slice.region) })))
}

/** Places that none of the stages of one direction can tell apart, as one of their sides. */
interface Sort {
  readonly number: number
  readonly before: Facts
  readonly after: Facts
}

class Study {
  readonly owns: readonly Sort[]
  readonly #context: ChangeContext
  readonly #kinds: readonly { readonly own: Sort; readonly peer: Sort; readonly peers: SpacePeer[] }[]
  readonly #fates = new Map<TwoStages, Map<number, { before: HostOutcome; after: HostOutcome }>>()

  constructor(stages: readonly TwoStages[], context: ChangeContext) {
    this.#context = context
    const { places } = context
    const owns = sorted(places, stages, ({ ownCriteria }) => ownCriteria)
    const peers = sorted(places, stages, ({ peerCriteria }) => peerCriteria)
    this.owns = [...new Set(owns)]
    const groups = Map.groupBy(
      places.keys(),
      (i) => `${(owns[i] as Sort).number} ${(peers[i] as Sort).number}`,
    )
    this.#kinds = [...groups.values()].map((positions) => ({
      own: owns[positions[0] as number] as Sort,
      peer: peers[positions[0] as number] as Sort,
      peers: positions.map((it) => (places[it] as Place).peer),
    }))
  }

  /** What a stage leaves to the next in both states. */
  passedOn(stage: TwoStages, own: Sort, peer: Sort): Traffic {
    const { before, after } = this.#fateOf(stage, own, peer)
    return this.#context.traffics.intersect(before.passed, after.passed)
  }

  changesAt(stage: TwoStages, arriving: Arriving): StageChange[] {
    const kinds = this.#kinds
    const codes = new Codes()
    const cells = new Int32Array(kinds.length ** 2)
    for (const [row, from] of kinds.entries()) {
      for (const [column, to] of kinds.entries()) {
        const [own, peer] = stage.direction === 'Ingress' ? [to.own, from.peer] : [from.own, to.peer]
        cells[row * kinds.length + column] = codes.of(this.#changeAt(stage, own, peer, arriving))
      }
    }
    const rows = rowsBetween({
      kinds: kinds.map(({ peers }) => peers),
      cells,
      holes: this.#context.holes,
      say: (code) => codes.changes[code],
      isOnTheWay: true,
    })
    if (rows.length === 0) return []
    const { everybody } = this.#context
    const told = rows.map((row) => ({
      ...row,
      isFromAll: isAll(row.from, everybody),
      isToAll: isAll(row.to, everybody),
    }))
    return [{ stage: stage.stage, direction: stage.direction, rows: told }]
  }

  #changeAt(stage: TwoStages, own: Sort, peer: Sort, arriving: Arriving): HostOutcome {
    const { traffics } = this.#context
    const { before, after } = this.#fateOf(stage, own, peer)
    const packets = arriving(own, peer)
    const newly = (fate: keyof HostOutcome) =>
      traffics.intersect(packets, traffics.subtract(after[fate], before[fate]))
    return { allowed: newly('allowed'), denied: newly('denied'), passed: newly('passed') }
  }

  #fateOf(stage: TwoStages, own: Sort, peer: Sort): { before: HostOutcome; after: HostOutcome } {
    const known = this.#fates.get(stage) ?? new Map<number, { before: HostOutcome; after: HostOutcome }>()
    this.#fates.set(stage, known)
    const key = own.number * this.#context.places.length + peer.number
    const found = known.get(key) ?? {
      before: stage.before.decide(own.before, peer.before),
      after: stage.after.decide(own.after, peer.after),
    }
    known.set(key, found)
    return found
  }
}

function isAll({ workloads, outside }: Block, everybody: Block): boolean {
  return workloads.length === everybody.workloads.length && isSameSpans(outside, everybody.outside)
}

/** Of each place, by its position. */
function sorted(
  places: readonly Place[],
  stages: readonly TwoStages[],
  criteriaOf: (judge: HostStageJudge) => readonly number[],
): Sort[] {
  const asked = (side: 'before' | 'after') => [...new Set(stages.flatMap((it) => criteriaOf(it[side])))]
  const [before, after] = [asked('before'), asked('after')]
  const sorts = new Map<string, Sort>()
  return places.map((place) => {
    const key = `${place.before.restrictedTo(before)}|${place.after.restrictedTo(after)}`
    const sort = sorts.get(key) ?? { number: sorts.size, before: place.before, after: place.after }
    sorts.set(key, sort)
    return sort
  })
}

/** A number for each different change; 0 for none. */
class Codes {
  readonly changes: (HostOutcome | undefined)[] = [undefined]
  readonly #known = new Map<string, number>()

  of(change: HostOutcome): number {
    const { allowed, denied, passed } = change
    if (allowed.isEmpty && denied.isEmpty && passed.isEmpty) return 0
    const key = [allowed.id, denied.id, passed.id].join()
    const code = this.#known.get(key) ?? this.changes.push(change) - 1
    this.#known.set(key, code)
    return code
  }
}

function memoized<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    const value = known.get(key) ?? find(key)
    known.set(key, value)
    return value
  }
}
