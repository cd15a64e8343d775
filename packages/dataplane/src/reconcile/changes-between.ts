/**
 * Known tables ▶ the batches that turn them into the desired ones; each is committed as a whole.
 *
 * Where an element of a set that stays leads to a new chain, new chains are made ready in a batch of their own, since a packet that is
 * under way while a batch is committed goes on with the old rules, but looks up new elements (ADR 0010); and so are new sets of ranges.
 * Then comes everything else, in an order that the kernel takes. What is left over is removed later still. A base chain is never removed
 * while it is wanted.
 */
import type {
  ChainContent,
  Change,
  NftElement,
  Ruleset,
  SetContent,
  Table,
  TableContent,
} from '@margay/netlink/nftables'
import { elementIndex, hasSameRules, type IndexedElement, setText } from './canonical.ts'

export type Batch = readonly Change[]

/**
 * A chain to which nothing leads: it is filled anew where a generation has to pass. Its rule has no verdict, since for one the kernel would
 * walk through the whole table. Source: Linux, nf_tables_validate.
 */
export const beatChain = 'beat'

export interface Changes {
  /** To be committed at once, in order; none when all that is desired is there. */
  readonly batches: readonly Batch[]
  /** What is not wanted any more. A packet that is under way may still be led there: to be committed a while later. */
  readonly removals: Batch
}

/** Tables that are known but not desired are removed. */
export function changesBetween(known: Ruleset, desired: Ruleset): Changes {
  const pairs = desired.map((content) => new TablePair(tableIn(known, content.table), content))
  const unwanted = known.filter(({ table }) => tableIn(desired, table) === undefined)
  const ready = pairs.flatMap((pair) => pair.preparation())
  const rest = [...pairs.flatMap((pair) => pair.rest()), ...unwanted.flatMap((content) => unhooked(content))]
  const removals = [
    ...pairs.flatMap((pair) => pair.removals()),
    ...unwanted.map(({ table }): Change => ({ do: 'delete-table', table })),
  ]
  const between = ready.length > 0 && rest.length > 0 ? pairs.flatMap((pair) => pair.beat()) : []
  return { batches: [ready, between, rest].filter((batch) => batch.length > 0), removals }
}

export function tableIn(ruleset: Ruleset, { family, name }: Table): TableContent | undefined {
  return ruleset.find(({ table }) => table.family === family && table.name === name)
}

class TablePair {
  readonly #table: Table
  readonly #known: TableContent | undefined
  readonly #desired: TableContent
  readonly #newSets: readonly SetContent[]
  readonly #newChains: readonly ChainContent[]
  readonly #mustReplace: boolean
  /** Of sets that stay. */
  readonly #setChanges: readonly SetChange[]
  readonly #mustPrepare: boolean

  constructor(known: TableContent | undefined, desired: TableContent) {
    this.#table = desired.table
    this.#known = known
    this.#desired = desired
    this.#newSets = [...desired.sets.values()].filter(({ set }) => !known?.sets.has(set.name))
    this.#newChains = [...desired.chains.values()].filter(({ chain }) => !known?.chains.has(chain.name))
    this.#mustReplace = known !== undefined && hasOtherForm(known, desired)
    this.#setChanges = known === undefined || this.#mustReplace ? [] : setChanges(known, desired)
    this.#mustPrepare = this.#hasToWait
  }

  preparation(): Change[] {
    if (!this.#mustPrepare) return []
    const chains = this.#newChains.filter(({ chain }) => chain.hook === undefined)
    return this.#make(this.#newSets, chains)
  }

  /**
   * Old rules ask the sets that stay, and can only be led to new chains by these. And what is put in a set of ranges is there a while
   * after rules are: first the kernel tells of the whole transaction. Source: Linux, nf_tables_commit, nft_set_commit_update. Before there
   * is a table nothing is enforced, so that nothing can be half ready.
   */
  get #hasToWait(): boolean {
    if (this.#known === undefined || this.#mustReplace) return false
    const names = new Set(this.#newChains.map(({ chain }) => chain.name))
    const leads = this.#setChanges.some(({ added }) =>
      added.some((element) => names.has(chainOf(element) ?? '')),
    )
    return leads || this.#newSets.some(({ set, elements }) => set.interval === true && elements.length > 0)
  }

  /**
   * Changes nothing, but the kernel takes it for a generation. It keeps the rules of two: those of what was made ready are in both
   * only after the next. So a packet that was under way before does not find an empty chain. Source: Linux, nf_tables_commit_chain.
   */
  beat(): Change[] {
    const content = this.#desired.chains.get(beatChain)
    if (content === undefined || !this.#known?.chains.has(beatChain)) return []
    return [{ do: 'flush-chain', table: this.#table, chain: beatChain }, ...this.#addRules(content)]
  }

  rest(): Change[] {
    if (this.#known === undefined || this.#mustReplace) return this.#whole()
    const base = this.#newChains.filter(({ chain }) => chain.hook !== undefined)
    return [
      ...(this.#known.isDormant === true ? [this.#addTable()] : []),
      ...(this.#mustPrepare ? this.#make([], base) : this.#make(this.#newSets, this.#newChains)),
      ...this.#changedHooks(this.#known),
      ...this.#changedChains(this.#known),
      ...this.#changedSets(),
      ...unhooked(this.#known, this.#desired),
    ]
  }

  /** Emptied first, since one that goes may lead to another that goes. */
  removals(): Change[] {
    if (this.#known === undefined || this.#mustReplace) return []
    const table = this.#table
    const chains = [...this.#known.chains.values()].filter(
      (it) => it.chain.hook === undefined && this.#isGone(it),
    )
    const sets = [...this.#known.sets.keys()].filter((name) => !this.#desired.sets.has(name))
    const names = chains.map(({ chain }) => chain.name)
    return [
      ...names.map((chain): Change => ({ do: 'flush-chain', table, chain })),
      ...sets.map((set): Change => ({ do: 'flush-set', table, set })),
      ...names.map((chain): Change => ({ do: 'delete-chain', table, chain })),
      ...sets.map((set): Change => ({ do: 'delete-set', table, set })),
      ...foreignThings(this.#known),
    ]
  }

  #isGone({ chain }: ChainContent): boolean {
    return !this.#desired.chains.has(chain.name)
  }

  /** In one batch, so that there is no moment without a table. */
  #whole(): Change[] {
    const { sets, chains } = this.#desired
    const remove: Change[] = this.#known === undefined ? [] : [{ do: 'delete-table', table: this.#table }]
    return [...remove, this.#addTable(), ...this.#make([...sets.values()], [...chains.values()])]
  }

  #addTable(): Change {
    return { do: 'add-table', table: this.#table }
  }

  /** Elements last: the kernel looks at all that a map has when a chain begins to ask it. Source: Linux, nf_tables_bind_set. */
  #make(sets: readonly SetContent[], chains: readonly ChainContent[]): Change[] {
    const table = this.#table
    return [
      ...sets.map(({ set }): Change => ({ do: 'add-set', table, set })),
      ...chains.map(({ chain }): Change => ({ do: 'add-chain', table, chain })),
      ...chains.flatMap((content) => this.#addRules(content)),
      ...sets.flatMap(({ set, elements }) => this.#elements('add-elements', set, elements)),
    ]
  }

  #addRules({ chain, rules }: ChainContent): Change[] {
    return rules.map((rule): Change => ({ do: 'add-rule', table: this.#table, chain: chain.name, rule }))
  }

  #elements(
    what: 'add-elements' | 'delete-elements',
    set: SetContent['set'],
    elements: SetContent['elements'],
  ): Change[] {
    return elements.length === 0 ? [] : [{ do: what, table: this.#table, set, elements }]
  }

  /** Policy and devices can be changed while the chain stays. */
  #changedHooks(known: TableContent): Change[] {
    const table = this.#table
    return [...this.#desired.chains.values()].flatMap(({ chain }): Change[] => {
      const before = known.chains.get(chain.name)?.chain
      if (before === undefined) return []
      const [from, to] = [devicesOf(before), devicesOf(chain)]
      const devices = [...from.difference(to)]
      const isSame = before.hook?.policy === chain.hook?.policy && to.isSubsetOf(from)
      return [
        ...(isSame ? [] : [{ do: 'add-chain', table, chain } as const]),
        ...(devices.length === 0 ? [] : [{ do: 'delete-devices', table, chain, devices } as const]),
      ]
    })
  }

  #changedChains(known: TableContent): Change[] {
    return [...this.#desired.chains.values()].flatMap((content) => {
      const { name } = content.chain
      const before = known.chains.get(name)
      if (before === undefined || hasSameRules(before, content)) return []
      return [{ do: 'replace-rules', table: this.#table, chain: name, rules: content.rules }]
    })
  }

  #changedSets(): Change[] {
    return this.#setChanges.flatMap(({ set, removed, added }) => [
      ...this.#elements('delete-elements', set, removed),
      ...this.#elements('add-elements', set, added),
    ])
  }
}

interface SetChange {
  readonly set: SetContent['set']
  readonly removed: readonly NftElement[]
  readonly added: readonly NftElement[]
}

function setChanges(known: TableContent, desired: TableContent): SetChange[] {
  return [...desired.sets.values()].flatMap((content) => {
    const before = known.sets.get(content.set.name)
    if (before === undefined || before === content) return []
    const [from, to] = [elementIndex(before), elementIndex(content)]
    return [{ set: content.set, removed: differing(from, to), added: differing(to, from) }]
  })
}

/** Named objects and flowtables are others' always: behind what may name them. */
function foreignThings({ table, objects = [], flowtables = [] }: TableContent): Change[] {
  return [
    ...objects.map((object): Change => ({ do: 'delete-object', table, object })),
    ...flowtables.map(({ name }): Change => ({ do: 'delete-flowtable', table, flowtable: name })),
  ]
}

/** To which an element leads. */
function chainOf({ data }: NftElement): string | undefined {
  return data !== undefined && 'kind' in data && 'chain' in data ? data.chain : undefined
}

/** Base chains that are not wanted: nothing leads to them, and they would go on to decide. */
function unhooked({ table, chains }: TableContent, desired?: TableContent): Change[] {
  return [...chains.values()]
    .filter(({ chain }) => chain.hook !== undefined && desired?.chains.has(chain.name) !== true)
    .flatMap(({ chain }): Change[] => [
      { do: 'flush-chain', table, chain: chain.name },
      { do: 'delete-chain', table, chain: chain.name },
    ])
}

/** Something has the name of another thing that can't be changed into it. */
function hasOtherForm(known: TableContent, desired: TableContent): boolean {
  const sets = [...desired.sets.values()].some(({ set }) => {
    const before = known.sets.get(set.name)?.set
    return before !== undefined && setText(before) !== setText(set)
  })
  const chains = [...desired.chains.values()].some(({ chain }) => {
    const before = known.chains.get(chain.name)?.chain
    return before !== undefined && hookText(before) !== hookText(chain)
  })
  return sets || chains
}

function devicesOf({ hook }: ChainContent['chain']): ReadonlySet<string> {
  return new Set(hook?.devices ?? [])
}

/** What of a base chain stays as it was made. */
function hookText({ hook }: ChainContent['chain']): string {
  if (hook === undefined) return ''
  return JSON.stringify([hook.type, hook.hook, hook.priority])
}

/** Elements of the one that the other does not have so. */
function differing(
  from: ReadonlyMap<string, IndexedElement>,
  to: ReadonlyMap<string, IndexedElement>,
): NftElement[] {
  return [...from].filter(([key, { text }]) => to.get(key)?.text !== text).map(([, { element }]) => element)
}
