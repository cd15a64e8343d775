/** What is in the kernel, and not wanted any more: packets that are under way may still be led there, so it goes a while later. */
import { type Batch, changesBetween, type Step } from '@margay/dataplane'
import type {
  ChainContent,
  Flowtable,
  NamedObject,
  Ruleset,
  SetContent,
  Table,
  TableContent,
} from '@margay/netlink/nftables'

interface LeftTable {
  readonly table: Table
  readonly chains: Map<string, ChainContent>
  readonly sets: Map<string, SetContent>
  /** Nobody ever wants these. */
  readonly objects: NamedObject[]
  readonly flowtables: Flowtable[]
  /** Nothing of it is wanted. */
  isWhole: boolean
}

export class LeftOver {
  readonly #tables = new Map<string, LeftTable>()

  /** How many chains and sets. */
  get size(): number {
    return [...this.#tables.values()].reduce((sum, left) => sum + sizeOf(left) + (left.isWhole ? 1 : 0), 0)
  }

  /** With what is left over of what the step wants again. */
  before({ before, after }: Step): Ruleset {
    const wanted = after.map((content) => this.#wantedAgain(content, tableIn(before, content.table)))
    const others = before.filter(({ table }) => tableIn(after, table) === undefined)
    return [...wanted.filter((content) => content !== undefined), ...others]
  }

  /** After the step: what went is left over, and what came is not. */
  take({ before, after }: Step): void {
    for (const content of after) this.#remove(content)
    for (const content of before) this.#add(content, tableIn(after, content.table))
  }

  /** Removes all of it. */
  removals(): Batch {
    const all: Ruleset = [...this.#tables.values()]
    const kept = [...this.#tables.values()].filter(({ isWhole }) => !isWhole)
    const nothing = kept.map(({ table }): TableContent => ({ table, chains: new Map(), sets: new Map() }))
    return changesBetween(all, nothing).removals
  }

  forget(table: Table): void {
    this.#tables.delete(keyOf(table))
  }

  clear(): void {
    this.#tables.clear()
  }

  #wantedAgain(content: TableContent, before: TableContent | undefined): TableContent | undefined {
    const left = this.#tables.get(keyOf(content.table))
    if (left === undefined) return before
    const again = <T>(there: ReadonlyMap<string, T>, wanted: ReadonlyMap<string, unknown>) =>
      [...there].filter(([name]) => wanted.has(name))
    return {
      table: content.table,
      chains: new Map([...again(left.chains, content.chains), ...(before?.chains ?? [])]),
      sets: new Map([...again(left.sets, content.sets), ...(before?.sets ?? [])]),
    }
  }

  #remove({ table, chains, sets }: TableContent): void {
    const left = this.#tables.get(keyOf(table))
    if (left === undefined) return
    left.isWhole = false
    for (const name of chains.keys()) left.chains.delete(name)
    for (const name of sets.keys()) left.sets.delete(name)
    if (sizeOf(left) === 0) this.#tables.delete(keyOf(table))
  }

  /** Base chains that are not wanted went at once. */
  #add(content: TableContent, after: TableContent | undefined): void {
    const { table, chains, sets, objects = [], flowtables = [] } = content
    const goneChains = [...chains.values()].filter(
      ({ chain }) => chain.hook === undefined && after?.chains.has(chain.name) !== true,
    )
    const goneSets = [...sets.values()].filter(({ set }) => after?.sets.has(set.name) !== true)
    const gone = [...goneChains, ...goneSets, ...objects, ...flowtables]
    if (gone.length === 0 && after !== undefined) return
    const left: LeftTable = this.#tables.get(keyOf(table)) ?? {
      table,
      chains: new Map(),
      sets: new Map(),
      objects: [],
      flowtables: [],
      isWhole: false,
    }
    this.#tables.set(keyOf(table), left)
    left.isWhole = after === undefined
    for (const content of goneChains) left.chains.set(content.chain.name, content)
    for (const content of goneSets) left.sets.set(content.set.name, content)
    left.objects.push(...objects)
    left.flowtables.push(...flowtables)
  }
}

/** How many things. */
function sizeOf({ chains, sets, objects, flowtables }: LeftTable): number {
  return chains.size + sets.size + objects.length + flowtables.length
}

function keyOf({ family, name }: Table): string {
  return `${family} ${name}`
}

function tableIn(ruleset: Ruleset, table: Table): TableContent | undefined {
  return ruleset.find((content) => keyOf(content.table) === keyOf(table))
}
