/**
 * What a chooser says of the classes of ranges of addresses: a class that meets one of its criteria has a row, which leads where its hosts
 * would be led. Few classes have ranges, so that they need neither traits nor rows shared with others; often none of them has a row.
 */
import type { NftSet } from '@margay/netlink/nftables'
import type { Criterion, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { rangesMap } from '../emit/chooser-rules.ts'
import { goToVerdict } from '../emit/expressions.ts'
import type { ChooserTargets } from './chooser-targets.ts'
import type { ClassRows } from './class-rows.ts'
import type { LiveTable } from './live-table.ts'

export class RangeRows implements ClassRows {
  readonly criteria: readonly Criterion[]
  readonly #table: LiveTable
  readonly #set: NftSet
  readonly #targets: ChooserTargets
  readonly #elsewhere: string
  readonly #targetOf = new Map<number, string>()
  #isMade = false
  #isSuperseded = false

  /** `elsewhere`: where all other classes are led. */
  constructor(
    table: LiveTable,
    name: string,
    {
      criteria,
      targets,
      elsewhere,
    }: Pick<RangeRows, 'criteria'> & { targets: ChooserTargets; elsewhere: string },
  ) {
    this.#table = table
    this.#set = rangesMap(name)
    this.criteria = criteria
    this.#targets = targets
    this.#elsewhere = elsewhere
  }

  /** Undefined while all ranges are led elsewhere. */
  get map(): NftSet | undefined {
    return this.#isMade ? this.#set : undefined
  }

  get classes(): Iterable<number> {
    return this.#targetOf.keys()
  }

  answerFor(number: number): string {
    return this.#targetOf.get(number) ?? this.#elsewhere
  }

  /** Another takes its place before addresses lead to anything new. */
  supersede(): void {
    this.#isSuperseded = true
  }

  addClass(number: number, peer: Peer): void {
    if (this.#targetOf.has(number) || this.#isSuperseded) return
    const target = this.#targets.retain(peer)
    this.#targetOf.set(number, target)
    if (target === this.#elsewhere) return
    if (!this.#isMade) this.#makeMap()
    this.#table.putElement(this.#set.name, { key: bytes.hostInt(number), data: goToVerdict(target) })
  }

  removeClass(number: number): void {
    const target = this.#targetOf.get(number)
    if (target === undefined) return
    this.#targetOf.delete(number)
    if (this.#isMade) this.#table.dropElement(this.#set.name, { key: bytes.hostInt(number) })
    this.#targets.release(target)
  }

  /** With all that it retained. */
  drop(): void {
    for (const target of this.#targetOf.values()) this.#targets.release(target)
    if (this.#isMade) this.#table.dropSet(this.#set.name)
  }

  #makeMap(): void {
    this.#isMade = true
    this.#table.putSet(this.#set)
    this.#table.putElement(this.#set.name, { key: undefined, data: goToVerdict(this.#elsewhere) })
  }
}
