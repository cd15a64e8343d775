/** Finds the policies of a tier that select an endpoint, without asking each: by the labels that their selectors require. */
import { matchesSelector } from '@margay/resources'
import { comparePolicies } from '../lower/order.ts'
import type { Policy } from '../model/policy.ts'
import type { Delta } from './delta.ts'
import { Groups } from './groups.ts'
import { labelKey, lightest, requiredLabels } from './required-labels.ts'

export type Labels = ReadonlyMap<string, string>

export class PolicyIndex {
  /** How many selectors require a label. */
  readonly #counts = new Map<string, number>()
  readonly #byLabel = new Groups<Policy>()
  readonly #anywhere = new Set<Policy>()

  /** Cost: O(policies). */
  constructor(policies: readonly Policy[]) {
    this.update({ gone: [], come: policies })
  }

  /** Counts first, so that each is filed under what few others require. Cost: O(changes). */
  update({ gone, come }: Delta<Policy>): void {
    for (const policy of gone) this.#remove(policy)
    const required = come.map(({ appliesTo }) => requiredLabels(appliesTo))
    for (const label of required.flat(2)) this.#count(label, 1)
    for (const [i, policy] of come.entries()) this.#enter(policy, required[i] ?? [])
  }

  /** In evaluation order. */
  selecting(labels: Labels): Policy[] {
    const found = [...this.#anywhere].filter((policy) => selects(policy, labels))
    for (const [name, value] of labels) {
      for (const policy of this.#byLabel.of(labelKey(name, value))) {
        if (selects(policy, labels)) found.push(policy)
      }
    }
    return [...new Set(found)].sort(comparePolicies)
  }

  #enter(policy: Policy, lists: readonly (readonly string[])[]): void {
    const labels = lightest(lists, (label) => this.#counts.get(label) ?? 0)
    if (labels === undefined) this.#anywhere.add(policy)
    for (const label of labels ?? []) this.#byLabel.add(label, policy)
  }

  #remove(policy: Policy): void {
    this.#anywhere.delete(policy)
    for (const label of requiredLabels(policy.appliesTo).flat()) {
      this.#byLabel.delete(label, policy)
      this.#count(label, -1)
    }
  }

  #count(label: string, step: 1 | -1): void {
    const count = (this.#counts.get(label) ?? 0) + step
    if (count === 0) this.#counts.delete(label)
    else this.#counts.set(label, count)
  }
}

export function selects({ appliesTo }: Policy, labels: Labels): boolean {
  return matchesSelector(appliesTo, (name) => labels.get(name))
}
