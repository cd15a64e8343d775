/** Workloads that send or get by another policy than before, or are others themselves. */
import { formatSelector } from '@margay/resources'
import type { Policy } from '../../model/policy.ts'
import type { Direction } from '../../model/rule.ts'
import { governs, isForWorkloads } from '../../state/effective-policy.ts'
import { selects } from '../../state/policy-index.ts'
import type { StateDelta } from '../../state/state-delta.ts'
import { classesBy } from './classes-by.ts'
import type { Crowd } from './crowd.ts'

/** By their numbers in the crowd, ascending. */
export interface ChangedEnds {
  readonly senders: ReadonlySet<number>
  readonly receivers: ReadonlySet<number>
  /** Those that are others themselves: they are among both. */
  readonly others: ReadonlySet<number>
  /** For each of the crowd a number: equal for those that the same of the policies that came or went select; 0 for none of them. */
  readonly selection: Int32Array
}

export class EndsFinder {
  readonly #crowd: Crowd
  /** By selector: policies come and go, and mostly select whom those before them did. */
  readonly #selected = new Map<string, readonly number[]>()

  constructor(crowd: Crowd) {
    this.#crowd = crowd
  }

  /** Cost: who is selected by policies that changed; the first time that a selector is asked about, a look at each workload. */
  changedBy({ endpoints, policies, isWhole }: StateDelta): ChangedEnds {
    if (isWhole) return this.#everybody()
    const come = endpoints.come.map(({ key }) => this.#crowd.numberOf(key))
    const others = new Set(come.filter((it) => it !== undefined))
    const changed = [...policies.gone, ...policies.come].filter(isForWorkloads)
    const selected = (direction: Direction) => {
      const governing = changed.filter((it) => governs(it, direction))
      return new Set([...others, ...governing.flatMap((it) => this.#selectedBy(it))].sort((a, b) => a - b))
    }
    const lists = changed.map((it) => this.#selectedBy(it))
    const selection = classesBy(lists, this.#crowd.size)
    return { senders: selected('Egress'), receivers: selected('Ingress'), others, selection }
  }

  #everybody(): ChangedEnds {
    const all = new Set(this.#crowd.endpoints.keys())
    return { senders: all, receivers: all, others: all, selection: new Int32Array(this.#crowd.size) }
  }

  /** By their labels before a change: who has others after it is known anyway. */
  #selectedBy(policy: Policy): readonly number[] {
    const text = formatSelector(policy.appliesTo)
    const known = this.#selected.get(text)
    if (known !== undefined) return known
    const found = [...this.#crowd.endpoints.keys()].filter((number) => {
      const labels = this.#crowd.endpoints[number]?.labels
      return labels !== undefined && selects(policy, labels)
    })
    this.#selected.set(text, found)
    return found
  }
}
