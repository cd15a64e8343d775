/** Finds the policies of a tier that may select an endpoint, without asking each: by the labels that their selectors require. */
import type { Policy } from '../model/policy.ts'
import { labelKey, lightest, requiredLabels } from './required-labels.ts'

export class PolicyIndex {
  readonly #policies: readonly Policy[]
  /** Positions, by label. */
  readonly #byLabel = new Map<string, number[]>()
  readonly #anywhere: number[] = []

  /** Cost: O(policies). */
  constructor(policies: readonly Policy[]) {
    this.#policies = policies
    const required = policies.map(({ appliesTo }) => requiredLabels(appliesTo))
    const counts = new Map<string, number>()
    for (const label of required.flat(2)) counts.set(label, (counts.get(label) ?? 0) + 1)
    for (const [position, lists] of required.entries()) {
      this.#enter(
        position,
        lightest(lists, (label) => counts.get(label) ?? 0),
      )
    }
  }

  /** In their order; some of them may not select it. */
  candidates(labels: ReadonlyMap<string, string>): Policy[] {
    const positions = new Set(this.#anywhere)
    for (const [name, value] of labels) {
      for (const position of this.#byLabel.get(labelKey(name, value)) ?? []) positions.add(position)
    }
    return [...positions]
      .sort((left, right) => left - right)
      .map((position) => this.#policies[position])
      .filter((policy) => policy !== undefined)
  }

  #enter(position: number, labels: readonly string[] | undefined): void {
    if (labels === undefined) this.#anywhere.push(position)
    for (const label of labels ?? []) {
      const there = this.#byLabel.get(label)
      if (there === undefined) this.#byLabel.set(label, [position])
      else there.push(position)
    }
  }
}
