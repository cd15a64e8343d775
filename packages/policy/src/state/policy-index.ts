/** Finds the policies of a tier that select an endpoint, without asking each: by the labels that their selectors require. */
import { matchesSelector } from '@margay/resources'
import type { Policy } from '../model/policy.ts'
import type { Delta } from './delta.ts'
import { type Labels, SelectorIndex } from './selector-index.ts'

export type { Labels } from './selector-index.ts'

export class PolicyIndex {
  /** On all that there is: they are not looked for. */
  readonly always = new Set<Policy>()
  readonly #index = new SelectorIndex<Policy>()

  /** Cost: O(policies). */
  constructor(policies: readonly Policy[]) {
    this.update({ gone: [], come: policies })
  }

  /** Cost: O(changes). */
  update({ gone, come }: Delta<Policy>): void {
    for (const policy of gone) if (!this.always.delete(policy)) this.#index.delete(policy)
    for (const policy of come) {
      if (policy.appliesTo.kind === 'All') this.always.add(policy)
      else this.#index.add(policy, policy.appliesTo)
    }
  }

  /** Of all others, each once, in no order. */
  selecting(labels: Labels): ReadonlySet<Policy> {
    const found = new Set<Policy>()
    const valueAt = (name: string) => labels.get(name)
    this.#index.eachFor(labels, (policy) => {
      if (matchesSelector(policy.appliesTo, valueAt)) found.add(policy)
    })
    return found
  }
}

export function selects({ appliesTo }: Policy, labels: Labels): boolean {
  return matchesSelector(appliesTo, (name) => labels.get(name))
}
