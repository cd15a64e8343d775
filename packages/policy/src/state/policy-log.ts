import type { Policy } from '../model/policy.ts'

/** Which policies came or went lately, so that what was found out before can tell whether it still holds. */
export class PolicyLog {
  #policies: Policy[] = []
  /** How many were forgotten. */
  #start = 0

  /** A position in the log. */
  get now(): number {
    return this.#start + this.#policies.length
  }

  /** Long lists cost more to look through than what they save. */
  add(policies: readonly Policy[]): void {
    const most = 256
    for (const policy of policies) this.#policies.push(policy)
    if (this.#policies.length <= most) return
    this.#start += this.#policies.length
    this.#policies = []
  }

  /** Undefined when nobody knows any more. */
  since(position: number): readonly Policy[] | undefined {
    return position < this.#start ? undefined : this.#policies.slice(position - this.#start)
  }
}
