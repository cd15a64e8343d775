/** In which policies the staged view differs from what is enforced: staged ones, and those whose place they take. */
import type { Policy } from '../model/policy.ts'
import type { Delta } from './delta.ts'
import { type Labels, PolicyIndex } from './policy-index.ts'

export class StagedDifference {
  /** In one of both views. */
  readonly #differing = new Set<Policy>()
  readonly #index = new PolicyIndex([])

  /** How either view changed. Cost: what changed. */
  update(enforced: Delta<Policy>, staged: Delta<Policy>): void {
    if (enforced === staged) return
    const turned = touched(enforced).symmetricDifference(touched(staged))
    const gone = [...turned].filter((policy) => this.#differing.has(policy))
    const come = [...turned].filter((policy) => !this.#differing.has(policy))
    for (const policy of gone) this.#differing.delete(policy)
    for (const policy of come) this.#differing.add(policy)
    this.#index.update({ gone, come })
  }

  /** Does one of them select these labels? */
  concerns(labels: Labels): boolean {
    if (this.#differing.size === 0) return false
    return this.#index.always.size > 0 || this.#index.selecting(labels).size > 0
  }
}

function touched({ gone, come }: Delta<Policy>): Set<Policy> {
  return new Set([...gone, ...come])
}
