/**
 * What one check is decided on. It changes in one go, between checks: none sees half of a change.
 */
import { type PolicyState, type ResourceChange, StateBuilder, type UpdatedState } from '@margay/policy'
import { Accounts } from './accounts.ts'
import { Crowds } from './crowds.ts'
import { ServiceTargets, type TargetOptions } from './service-targets.ts'
import { Services } from './services.ts'

export class World {
  readonly accounts = new Accounts()
  readonly services = new Services()
  readonly serviceTargets: ServiceTargets
  readonly crowds: Crowds
  readonly #states = new StateBuilder()
  #state: PolicyState | undefined

  constructor(options: TargetOptions) {
    this.crowds = new Crowds(options.judges)
    this.serviceTargets = new ServiceTargets(this.services, options)
  }

  /** @throws Error before anything was taken in */
  get state(): PolicyState {
    if (this.#state === undefined) throw new Error('the world was asked before anything was known of it')
    return this.#state
  }

  /**
   * All kinds that policy reads, and services. Cost: what changed.
   *
   * @throws UnknownResourceError, and whatever a mistake of ours throws: then it may be asked nothing any more
   */
  update(changes: readonly ResourceChange[]): UpdatedState {
    const updated = this.#states.update(
      changes.filter(({ before, after }) => (before ?? after)?.kind !== 'Service'),
    )
    this.#state = updated.state
    this.accounts.update(updated.delta.endpoints)
    this.serviceTargets.update(updated.delta, this.services.update(changes))
    this.crowds.update(updated.delta, updated.state)
    return updated
  }
}
