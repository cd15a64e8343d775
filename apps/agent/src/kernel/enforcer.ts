/**
 * Brings the kernel to what is desired, step by step.
 *
 * What an earlier process left keeps enforcing until the first desired state is known; then it is read, and only the difference is
 * sent. What is not wanted any more stays until `tidy`, since packets that are under way may still be led there. After a failed
 * batch, or a change by others, what is there counts as unknown, and is read again.
 */
import { type Changes, changesBetween, type Step, table } from '@margay/dataplane'
import type { Ruleset, Table, TableContent } from '@margay/netlink/nftables'
import { LeftOver } from './left-over.ts'
import type { RulesetDriver } from './ruleset-driver.ts'

/** All that we may ever have made; a table that is not desired any more is removed. */
export const ourTables: readonly Table[] = [table('inet'), table('arp'), table('netdev')]

/** With more than this left over, it is removed with the next change. */
const mostLeftOver = 1000

export class Enforcer {
  readonly #driver: RulesetDriver
  /** Those that it answers for. */
  readonly #tables: readonly Table[]
  readonly #leftOver = new LeftOver()
  /** The kernel has what was desired last, and what is left over. */
  #isKnown = false
  /** Tables that the kernel may have changed. */
  #unsure: Table[] = []
  /** Of the kernel, behind the last start: if nobody else changed anything since it was read. */
  #generation: number | undefined
  /** Where all of what was desired last was given. */
  #last: Ruleset = []

  constructor(driver: RulesetDriver, tables = ourTables) {
    this.#driver = driver
    this.#tables = tables
  }

  /** True when something had to be changed. @throws NftablesError, NetlinkError */
  enforce(desired: Ruleset): boolean {
    const changed = this.follow([{ before: this.#last, after: desired }], () => desired)
    this.#last = desired
    return changed
  }

  /**
   * The same, where what changed is known: each step starts where the one before ended. `whole` is all that is desired behind the last.
   *
   * @throws NftablesError, NetlinkError
   */
  follow(steps: readonly Step[], whole: () => Ruleset): boolean {
    if (!this.#isKnown) return this.#start(whole())
    if (this.#leftOver.size > mostLeftOver) this.tidy()
    const changed = steps.map((step) => this.#take(this.#ofSure(step)))
    return this.#mendUnsure(whole) || changed.includes(true)
  }

  /** The kernel may have changed this table by itself: with a device, its hooks go. */
  readAgain(table: Table): void {
    this.#unsure.push(table)
    this.#leftOver.forget(table)
  }

  /** True if nobody changed any table since the last start began to read. To be asked behind it, before other steps. @throws NetlinkError */
  get isUndisturbed(): boolean {
    return this.#driver.generation() === this.#generation
  }

  /** Is there something to tidy up? */
  get isTidy(): boolean {
    return this.#leftOver.size === 0
  }

  /** Removes what is not wanted any more: best when the last change is some time ago. @throws NftablesError */
  tidy(): void {
    const removals = this.#leftOver.removals()
    if (!this.#isKnown || removals.length === 0) return
    this.forget()
    this.#driver.commit(removals)
    this.#isKnown = true
  }

  /** What would have to be sent for all of this. @throws NetlinkError */
  difference(desired: Ruleset): Changes {
    return changesBetween(this.#driver.read(this.#tables), desired)
  }

  /** Others may have changed what is there. */
  forget(): void {
    this.#isKnown = false
    this.#unsure = []
    this.#leftOver.clear()
  }

  #ofSure({ before, after }: Step): Step {
    const sure = ({ table }: TableContent) => !this.#unsure.some((it) => isSameTable(it, table))
    return { before: before.filter(sure), after: after.filter(sure) }
  }

  #mendUnsure(whole: () => Ruleset): boolean {
    const unsure = this.#unsure
    if (unsure.length === 0) return false
    const after = whole().filter(({ table }) => unsure.some((it) => isSameTable(it, table)))
    const changed = this.#take({ before: this.#driver.read(unsure), after })
    this.#unsure = []
    return changed
  }

  /** From whatever is there. */
  #start(desired: Ruleset): boolean {
    this.forget()
    const generation = this.#driver.generation()
    const step = { before: this.#driver.read(this.#tables), after: desired }
    const { batches } = changesBetween(step.before, desired)
    for (const batch of batches) this.#driver.commit(batch)
    this.#generation = generation + batches.length
    const isMadeAnew = batches.some((batch) => batch.some((change) => change.do === 'delete-table'))
    if (!isMadeAnew) this.#leftOver.take(step)
    this.#isKnown = true
    return batches.length > 0
  }

  #take(step: Step): boolean {
    const { batches } = changesBetween(this.#leftOver.before(step), step.after)
    this.#isKnown = false
    for (const batch of batches) this.#driver.commit(batch)
    this.#isKnown = true
    this.#leftOver.take(step)
    return batches.length > 0
  }
}

function isSameTable(one: Table, other: Table): boolean {
  return one.family === other.family && one.name === other.name
}
