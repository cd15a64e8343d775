/**
 * Records in bounded memory: found by what they say, told again, ended, and pushed out where room ends. What policy does not name goes
 * first, then what the client with most of it was told longest ago.
 * Cost    O(log n) for a record; for one that matters and is new or goes, the names and addresses that it leads to as well.
 */
import type { Ip } from '@margay/netset'
import { FairShares } from './fair-shares.ts'
import { addressKey, type Fact, type Known, type NameNode, type Source } from './known.ts'
import { isLearnable } from './learnable-address.ts'
import { endOf, type Lifetimes, type Told } from './lifetimes.ts'
import { type Matters, NameGraph } from './name-graph.ts'
import { PriorityQueue } from './priority-queue.ts'

export interface CacheLimits {
  /** Addresses and aliases in all: some 1,200 bytes each, names and all. */
  readonly records: number
  readonly addressesOfName: number
  /** To how many names one may lead at a time, as alias. */
  readonly targetsOfName: number
  /** How many names that do not matter may lead to one. */
  readonly idleAliasesOfName: number
}

/**
 * What happened to records that were not learnt; `full`: there is no room but that of names that matter. `older-gone` is none of them: an
 * older record made room.
 */
export type CacheCount =
  | 'unlearnable-address'
  | 'too-many-addresses'
  | 'too-many-aliases'
  | 'full'
  | 'older-gone'

/** One record of one answer. */
export interface Saying {
  readonly fact: Fact
  readonly source: Source
  /** Which answer it is, counted from 1. */
  readonly answer: number
  /** What is known of its time with it. */
  readonly told: (before: Told | undefined) => Told
  readonly heldUntilMs: number
}

/** Is called with addresses whose names changed, maybe more than once. */
export type Changed = (address: Ip) => void

export class RecordStore {
  readonly counts: Record<CacheCount, number> = {
    'unlearnable-address': 0,
    'too-many-addresses': 0,
    'too-many-aliases': 0,
    full: 0,
    'older-gone': 0,
  }
  readonly graph: NameGraph
  /** Who ends first is first. */
  readonly queue = new PriorityQueue<Known>(({ untilMs }) => untilMs)
  readonly #limits: CacheLimits
  readonly #mattering = new FairShares<Known>()
  readonly #idle = new FairShares<Known>()
  #lifetimes: Lifetimes

  constructor(lifetimes: Lifetimes, matters: Matters, limits: CacheLimits) {
    this.#lifetimes = lifetimes
    this.#limits = limits
    this.graph = new NameGraph(matters, (node) => this.#turned(node))
  }

  get size(): number {
    return this.#mattering.size + this.#idle.size
  }

  *records(): Generator<Known> {
    for (const { targets, addresses } of this.graph.nodes()) {
      yield* targets.values()
      yield* addresses.values()
    }
  }

  tell(saying: Saying, changed: Changed): void {
    const known = this.#find(saying.fact)
    if (known !== undefined) this.#tellAgain(known, saying)
    else this.#tellNew(saying, changed)
  }

  drop(record: Known, changed: Changed): void {
    this.#shareOf(record.owner).delete(record)
    this.queue.delete(record)
    this.graph.unlink(record, changed)
  }

  setLifetimes(lifetimes: Lifetimes): void {
    this.#lifetimes = lifetimes
    for (const record of this.records()) this.#retime(record)
  }

  #tellNew(saying: Saying, changed: Changed): void {
    const refusal = this.#makeRoom(saying, changed)
    if (refusal !== undefined) this.counts[refusal]++
    else this.#add(this.#made(saying), changed)
  }

  #find(fact: Fact): Known | undefined {
    const owner = this.graph.find(fact.name)
    return fact.kind === 'alias'
      ? owner?.targets.get(fact.target)
      : owner?.addresses.get(addressKey(fact.address))
  }

  #tellAgain(record: Known, { source, answer, told, heldUntilMs }: Saying): void {
    this.#shareOf(record.owner).refresh(record)
    const client = addressKey(source.client)
    if (client !== record.client) record.otherClient = client
    record.source = source
    record.answer = answer
    record.told = told(record.told)
    record.heldUntilMs = Math.max(record.heldUntilMs, heldUntilMs)
    putLast(record)
    this.#retime(record)
  }

  #retime(record: Known): void {
    record.untilMs = this.#endOf(record)
    this.queue.moved(record)
  }

  #endOf({ told, heldUntilMs }: Pick<Known, 'told' | 'heldUntilMs'>): number {
    return Math.max(endOf(told, this.#lifetimes), heldUntilMs)
  }

  #made({ fact, source, answer, told: tell, heldUntilMs }: Saying): Known {
    const told = tell(undefined)
    const base = {
      owner: this.graph.node(fact.name),
      source,
      answer,
      told,
      heldUntilMs,
      client: addressKey(source.client),
      otherClient: undefined,
      untilMs: this.#endOf({ told, heldUntilMs }),
      place: -1,
    }
    if (fact.kind === 'alias') return { ...base, kind: 'alias', target: this.graph.node(fact.target) }
    return { ...base, kind: 'address', address: fact.address, key: addressKey(fact.address) }
  }

  #add(record: Known, changed: Changed): void {
    this.graph.link(record, changed)
    this.#shareOf(record.owner).add(record)
    this.queue.add(record)
  }

  /** Undefined if there is room now. */
  #makeRoom(saying: Saying, changed: Changed): CacheCount | undefined {
    const { fact, answer } = saying
    if (fact.kind === 'address' && !isLearnable(fact.address)) return 'unlearnable-address'
    const matters = this.graph.mattersNow(fact.name)
    if (fact.kind === 'alias' && !matters && this.#isLedTo(fact.target)) return 'too-many-aliases'
    const rival = this.#rivalOf(fact)
    if (rival !== undefined && !this.#gives(rival, answer, changed))
      return fact.kind === 'alias' ? 'too-many-aliases' : 'too-many-addresses'
    if (this.size < this.#limits.records) return undefined
    const victim = victimOf(this.#idle) ?? (matters ? victimOf(this.#mattering) : undefined)
    return victim !== undefined && this.#gives(victim, answer, changed) ? undefined : 'full'
  }

  #isLedTo(target: string): boolean {
    return (this.graph.find(target)?.aliases.size ?? 0) >= this.#limits.idleAliasesOfName
  }

  /** Of a name that has as many as it may, the one that was told longest ago. */
  #rivalOf({ kind, name }: Fact): Known | undefined {
    const owner = this.graph.find(name)
    if (owner === undefined) return undefined
    const siblings = kind === 'alias' ? owner.targets : owner.addresses
    const limit = kind === 'alias' ? this.#limits.targetsOfName : this.#limits.addressesOfName
    return siblings.size < limit ? undefined : siblings.values().next().value
  }

  /** What the same answer told stays: who asked mostly takes what comes first in it. */
  #gives(record: Known, answer: number, changed: Changed): boolean {
    if (record.answer === answer) return false
    this.drop(record, changed)
    this.counts['older-gone']++
    return true
  }

  #shareOf(owner: NameNode): FairShares<Known> {
    return owner.matters ? this.#mattering : this.#idle
  }

  #turned(node: NameNode): void {
    const [from, to] = node.matters ? [this.#idle, this.#mattering] : [this.#mattering, this.#idle]
    for (const records of [node.targets, node.addresses])
      for (const record of records.values()) {
        from.delete(record)
        to.add(record)
      }
  }
}

/** What others asked for too is theirs from then on: who asks for the same before a flood takes nothing away. */
function victimOf(shares: FairShares<Known>): Known | undefined {
  for (;;) {
    const victim = shares.next()
    if (victim?.otherClient === undefined) return victim
    shares.delete(victim)
    victim.client = victim.otherClient
    victim.otherClient = undefined
    shares.add(victim)
  }
}

function putLast(record: Known): void {
  const { owner } = record
  if (record.kind === 'alias') {
    owner.targets.delete(record.target.text)
    owner.targets.set(record.target.text, record)
  } else {
    owner.addresses.delete(record.key)
    owner.addresses.set(record.key, record)
  }
}
