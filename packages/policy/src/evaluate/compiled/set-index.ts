/** Which address sets select certain labels, without asking each of them; sets here are those that rules name. */
import type { Rule } from '../../model/rule.ts'
import type { AddressSet } from '../../state/address-set.ts'
import { SelectorIndex } from '../../state/selector-index.ts'
import { RuleGroup } from './rule-group.ts'

type Labels = ReadonlyMap<string, string>

/** More groups than these are made one: a flow's candidates come from few lists, however many sets hold its peer. */
const fewGroups = 4
/** Rules in all that is remembered; beyond it, everything is forgotten. */
const remembered = 200_000

interface Entry {
  readonly set: AddressSet
  readonly group: RuleGroup
}

export class SetIndex {
  readonly #rules: readonly Rule[]
  readonly #index = new SelectorIndex<Entry>()
  #known = new WeakMap<Labels, readonly RuleGroup[]>()
  #size = 0

  /** With the positions of the rules that name each set, ascending. */
  constructor(positionsOf: ReadonlyMap<AddressSet, readonly number[]>, rules: readonly Rule[]) {
    this.#rules = rules
    for (const [set, positions] of positionsOf)
      this.#index.add({ set, group: new RuleGroup(positions, rules) }, set.selector)
  }

  /** All rules whose set selects the labels. The labels must stay as they are. */
  selecting(labels: Labels): readonly RuleGroup[] {
    const known = this.#known.get(labels)
    if (known !== undefined) return known
    const groups = this.#joined(this.#find(labels))
    this.#remember(labels, groups)
    return groups
  }

  #find(labels: Labels): RuleGroup[] {
    const groups = new Set<RuleGroup>()
    this.#index.eachFor(labels, ({ set, group }) => {
      if (set.selects(labels)) groups.add(group)
    })
    return [...groups]
  }

  #joined(groups: readonly RuleGroup[]): readonly RuleGroup[] {
    if (groups.length <= fewGroups) return groups
    const positions = groups.flatMap((group) => group.positions).sort((a, b) => a - b)
    return [new RuleGroup(positions, this.#rules)]
  }

  #remember(labels: Labels, groups: readonly RuleGroup[]): void {
    this.#size += groups.reduce((sum, group) => sum + group.positions.length, 1)
    if (this.#size > remembered) {
      this.#known = new WeakMap()
      this.#size = 0
    }
    this.#known.set(labels, groups)
  }
}
