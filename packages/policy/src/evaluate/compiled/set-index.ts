/** Which address sets select certain labels, without asking each of them; sets here are those that rules name. */
import type { Rule } from '../../model/rule.ts'
import type { AddressSet } from '../../state/address-set.ts'
import { labelKey, lightest, requiredLabels } from '../../state/required-labels.ts'
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
  readonly #byLabel = new Map<string, Entry[]>()
  readonly #anywhere: Entry[] = []
  #known = new WeakMap<Labels, readonly RuleGroup[]>()
  #size = 0

  /** With the positions of the rules that name each set, ascending. */
  constructor(positionsOf: ReadonlyMap<AddressSet, readonly number[]>, rules: readonly Rule[]) {
    this.#rules = rules
    const required = new Map(Array.from(positionsOf.keys(), (set) => [set, requiredLabels(set.selector)]))
    const counts = Map.groupBy([...required.values()].flat(2), (label) => label)
    const weightOf = (label: string) => counts.get(label)?.length ?? 0
    for (const [set, positions] of positionsOf) {
      this.#enter(
        { set, group: new RuleGroup(positions, rules) },
        lightest(required.get(set) ?? [], weightOf),
      )
    }
  }

  /** All rules whose set selects the labels. The labels must stay as they are. */
  selecting(labels: Labels): readonly RuleGroup[] {
    const known = this.#known.get(labels)
    if (known !== undefined) return known
    const groups = this.#joined(this.#find(labels))
    this.#remember(labels, groups)
    return groups
  }

  #enter(entry: Entry, labels: readonly string[] | undefined): void {
    if (labels === undefined) this.#anywhere.push(entry)
    for (const label of new Set(labels)) {
      const entries = this.#byLabel.get(label)
      if (entries === undefined) this.#byLabel.set(label, [entry])
      else entries.push(entry)
    }
  }

  #find(labels: Labels): RuleGroup[] {
    const filed = Array.from(labels, ([name, value]) => this.#byLabel.get(labelKey(name, value)) ?? [])
    const selecting = [this.#anywhere, ...filed].flat().filter(({ set }) => set.selects(labels))
    return [...new Set(selecting.map(({ group }) => group))]
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
