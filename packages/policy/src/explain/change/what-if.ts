/** What would be if some resources were others: one state that is changed, asked and changed back. */
import type { Resource } from '@margay/resources'
import type { Flow, FlowPeer } from '../../model/flow.ts'
import { StateBuilder } from '../../state/build-state.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { StateDelta } from '../../state/state-delta.ts'
import type { Change } from './change.ts'

export class WhatIf {
  readonly #builder = new StateBuilder()
  #state: PolicyState

  constructor(resources: Iterable<Resource>) {
    this.#state = this.#builder.build(resources).state
  }

  /** As things are. What was read of it earlier must not be asked any more. */
  get state(): PolicyState {
    return this.#state
  }

  /** Cost: what the changes touch, twice. */
  after<T>(changes: readonly Change[], ask: (state: PolicyState, delta: StateDelta) => T): T {
    const { state, delta } = this.#builder.update(changes.map(({ before, after }) => ({ before, after })))
    try {
      return ask(state, delta)
    } finally {
      const back = changes.map(({ before, after }) => ({ before: after, after: before }))
      this.#state = this.#builder.update(back).state
    }
  }
}

/** The same flow between those who are there now under the same names. */
export function flowIn(state: PolicyState, flow: Flow): Flow {
  return { ...flow, source: peerIn(state, flow.source), destination: peerIn(state, flow.destination) }
}

function peerIn(state: PolicyState, { endpoint, ...rest }: FlowPeer): FlowPeer {
  return { ...rest, endpoint: endpoint === undefined ? undefined : state.endpoints.get(endpoint.key) }
}
