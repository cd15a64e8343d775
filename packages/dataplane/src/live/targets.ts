/** The chains in which look-ups of addresses end, each as long as something leads there. */
import type { ChainContent } from '@margay/netlink/nftables'
import type { CellSpace } from '../decide/cells.ts'
import type { Column } from '../decide/column.ts'
import type { Stage } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import { type ColumnContext, columnChain, columnText } from '../emit/column-chain.ts'
import type { Names } from '../nft/names.ts'
import type { LiveTable } from './live-table.ts'

export interface TerminalChains {
  /** The name of the outcome's chain. */
  chainFor(outcome: Outcome, stage: Stage): string
  named(names: Iterable<string>): ChainContent[]
}

interface Target {
  count: number
  readonly sets: readonly string[]
  /** Where it leads on. */
  readonly next: readonly string[]
}

export class Targets {
  readonly #table: LiveTable
  readonly #names: Names
  readonly #terminals: TerminalChains
  readonly #targets = new Map<string, Target>()

  constructor(table: LiveTable, names: Names, terminals: TerminalChains) {
    this.#table = table
    this.#names = names
    this.#terminals = terminals
  }

  /** The chain for a column; it is there until it was released as often. */
  retain(column: Column, space: CellSpace, stage: Stage): string {
    const terminal = (outcome: Outcome) => this.#terminals.chainFor(outcome, stage)
    const name = this.#nameOf(column, { space, terminal }, stage)
    const known = this.#targets.get(name)
    if (known !== undefined) {
      known.count++
      return name
    }
    const made = columnChain(column, { name, space, terminal })
    if (made === undefined) return this.#retainTerminal(terminal(column.others))
    for (const { set, elements } of made.sets) {
      this.#table.putSet(set)
      for (const element of elements) this.#table.putElement(set.name, element)
    }
    this.#table.putChain(made.chain, this)
    const next = [...outcomesOf(column)].map(terminal)
    for (const it of next) this.#retainTerminal(it)
    this.#targets.set(name, { count: 1, sets: made.sets.map(({ set }) => set.name), next })
    return name
  }

  /** False where nothing leads there any more: then it has to be retained by what it does. */
  retainAgain(name: string): boolean {
    const known = this.#targets.get(name)
    if (known === undefined) return false
    known.count++
    return true
  }

  release(name: string): void {
    const target = this.#targets.get(name)
    if (target === undefined) throw new RangeError(`nothing leads to ${name}`)
    if (--target.count > 0) return
    this.#targets.delete(name)
    this.#table.dropChain(name, this)
    for (const set of target.sets) this.#table.dropSet(set)
    for (const it of target.next) this.release(it)
  }

  #nameOf(column: Column, context: Omit<ColumnContext, 'name'>, stage: Stage): string {
    const prefix = `${stage.isStaged ? 'staged-' : ''}${stage.direction === 'Egress' ? 'to' : 'from'}-peer-`
    return this.#names.name(prefix, '', columnText(column, context))
  }

  #retainTerminal(name: string): string {
    const known = this.#targets.get(name)
    if (known === undefined) {
      this.#targets.set(name, { count: 1, sets: [], next: [] })
      for (const content of this.#terminals.named([name])) this.#table.putChain(content, this)
    } else known.count++
    return name
  }
}

function* outcomesOf({ others, protocols }: Column): Iterable<Outcome> {
  yield others
  for (const { rest, cells } of protocols.values()) {
    if (rest.key !== others.key) yield rest
    yield* cells.values()
  }
}
