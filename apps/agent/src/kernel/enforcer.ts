/**
 * Brings the kernel to what is desired, and remembers what is there.
 *
 * What an earlier process left keeps enforcing until the first desired state is known; then it is read, and only the difference is
 * sent. What is not wanted any more stays until `tidy`, since packets that are under way may still be led there. After a failed
 * batch, or a change by others, what is there counts as unknown, and is read again.
 */
import { type Batch, type Changes, changesBetween, table } from '@margay/dataplane'
import type { Ruleset, Table, TableContent } from '@margay/netlink/nftables'
import type { RulesetDriver } from './ruleset-driver.ts'

/** All that we may ever have made; a table that is not desired any more is removed. */
export const ourTables: readonly Table[] = [table('inet'), table('arp'), table('netdev')]

/** With more than this left over, it is removed with the next change. */
const mostLeftOver = 5000

export class Enforcer {
  readonly #driver: RulesetDriver
  #known: Ruleset | undefined
  #removals: Batch = []

  constructor(driver: RulesetDriver) {
    this.#driver = driver
  }

  /** True when something had to be changed. @throws NftablesError, NetlinkError */
  enforce(desired: Ruleset): boolean {
    if (this.#removals.length > mostLeftOver) this.tidy()
    const before = this.#known ?? this.#driver.read(ourTables)
    const { batches, removals } = changesBetween(before, desired)
    this.#known = undefined
    for (const batch of batches) this.#driver.commit(batch)
    const isMadeAnew = batches.some((batch) => batch.some((change) => change.do === 'delete-table'))
    this.#known = isMadeAnew ? undefined : withLeftOver(desired, before)
    this.#removals = isMadeAnew ? [] : removals
    return batches.length > 0
  }

  /** Is there something to tidy up? */
  get isTidy(): boolean {
    return this.#removals.length === 0
  }

  /** Removes what is not wanted any more: best when the last change is some time ago. @throws NftablesError */
  tidy(): void {
    const removals = this.#removals
    this.#removals = []
    if (removals.length === 0 || this.#known === undefined) return
    const left = without(this.#known, removals)
    this.#known = undefined
    this.#driver.commit(removals)
    this.#known = left
  }

  /** What `enforce` and `tidy` would send. @throws NetlinkError */
  difference(desired: Ruleset): Changes {
    return changesBetween(this.#known ?? this.#driver.read(ourTables), desired)
  }

  /** The kernel may have changed this table by itself: with a device, its hooks go. @throws NetlinkError */
  readAgain(table: Table): void {
    if (this.#known === undefined) return
    const others = this.#known.filter((it) => !sameTable(it.table, table))
    this.#known = undefined
    this.#known = [...others, ...this.#driver.read([table])]
  }

  /** Others may have changed what is there. */
  forget(): void {
    this.#known = undefined
    this.#removals = []
  }
}

function sameTable(left: Table, right: Table): boolean {
  return left.family === right.family && left.name === right.name
}

/** The desired tables, with what of the earlier ones is still there. */
function withLeftOver(desired: Ruleset, before: Ruleset): Ruleset {
  const both = desired.map((content) => {
    const earlier = before.find((it) => sameTable(it.table, content.table))
    if (earlier === undefined) return content
    return {
      table: content.table,
      chains: new Map([...unhooked(earlier).chains, ...content.chains]),
      sets: new Map([...earlier.sets, ...content.sets]),
    }
  })
  const unwanted = before.filter(({ table }) => !desired.some((it) => sameTable(it.table, table)))
  return [...both, ...unwanted.map(unhooked)]
}

/** Base chains that are not wanted went at once. */
function unhooked(content: TableContent): TableContent {
  const chains = [...content.chains].filter(([, { chain }]) => chain.hook === undefined)
  return { ...content, chains: new Map(chains) }
}

function without(known: Ruleset, removals: Batch): Ruleset {
  const gone = (kind: string, { family, name }: Table, what: string) => `${kind} ${family} ${name} ${what}`
  const names = new Set(
    removals.map((change) => {
      if (change.do === 'delete-chain') return gone('chain', change.table, change.chain)
      if (change.do === 'delete-set') return gone('set', change.table, change.set)
      return change.do === 'delete-table' ? gone('table', change.table, '') : ''
    }),
  )
  return known
    .filter(({ table }) => !names.has(gone('table', table, '')))
    .map(({ table, chains, sets }) => ({
      table,
      chains: new Map([...chains].filter(([name]) => !names.has(gone('chain', table, name)))),
      sets: new Map([...sets].filter(([name]) => !names.has(gone('set', table, name)))),
    }))
}
