/**
 * Where packets of a class go in one group: the chain for what the group decides of it. Only names are kept: what is decided is asked for
 * once where it is new, and its columns are many.
 */
import type { Peer } from '@margay/policy'
import type { GroupDecider } from '../decide/decide-group.ts'
import type { Stage } from '../decide/group.ts'
import type { ChooserTargets } from './chooser-targets.ts'
import type { Targets } from './targets.ts'

export class GroupTargets implements ChooserTargets {
  readonly #decider: GroupDecider
  readonly #stage: Stage
  readonly #targets: Targets
  readonly #nameByKey = new Map<string, string>()

  constructor(decider: GroupDecider, stage: Stage, targets: Targets) {
    this.#decider = decider
    this.#stage = stage
    this.#targets = targets
  }

  retain(peer: Peer | undefined): string {
    const { key, column } = this.#decider.decide(peer)
    const known = this.#nameByKey.get(key)
    if (known !== undefined && this.#targets.retainAgain(known)) return known
    const name = this.#targets.retain(column(), this.#decider.space, this.#stage)
    this.#nameByKey.set(key, name)
    return name
  }

  release(target: string): void {
    this.#targets.release(target)
  }

  isPossible(peer: Peer): boolean {
    return this.#decider.covers(peer)
  }
}
