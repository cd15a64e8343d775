/** Policy state ▶ the desired tables of one node: policy becomes look-ups, so that a packet's cost does not grow with it. Pure. */
import type { Ruleset } from '@margay/netlink/nftables'
import {
  addressKey,
  type Endpoint,
  type NamedAddress,
  type NodeSettings,
  type PolicyState,
  type StateDelta,
} from '@margay/policy'
import { LiveNode } from '../live/live-node.ts'
import type { Step } from '../live/live-table.ts'
import type { CompileOptions, NodeDevice, NodeView } from './options.ts'

/** For the endpoints of the node, its host endpoints among them; the state's others are only peers. */
export function compile(state: PolicyState, node: NodeView, options: CompileOptions): Ruleset {
  const compiler = new Compiler(options)
  compiler.update(state, undefined, node)
  return compiler.ruleset()
}

/** Names that are not used any more are forgotten with everything else when there are more than this. */
const mostNames = 200_000

/** Compiles one state after another, of the same StateBuilder, and touches only what changed. */
export class Compiler {
  readonly #options: CompileOptions
  #live: LiveNode | undefined
  #settings = ''
  readonly #named = new Map<string, NamedAddress>()

  constructor(options: CompileOptions) {
    this.#options = options
  }

  /** All that is desired now. Cost: O(what there is). */
  ruleset(): Ruleset {
    return this.#live?.ruleset() ?? []
  }

  /** The node's own, in no order. */
  get localEndpoints(): readonly Endpoint[] {
    return this.#live?.localEndpoints ?? []
  }

  /** Devices to which rules are hooked, as far as they are there. */
  get hookedDevices(): readonly NodeDevice[] {
    return this.#live?.hookedDevices ?? []
  }

  /**
   * Steps to be taken one after the other. `delta` is what changed since the last update; without it, whatever is there is compiled from
   * nothing.
   */
  update(state: PolicyState, delta: StateDelta | undefined, node: NodeView): Step[] {
    const settings = { ...state.settingsOf(node.name), ...this.#options.settings }
    const text = JSON.stringify(settings, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    const isSame = this.#settings === text && (this.#live?.nameCount ?? mostNames) < mostNames
    if (isSame && delta !== undefined && this.#live !== undefined)
      return this.#live.update(state, delta, node)
    this.#settings = text
    return this.#anew(state, node, settings)
  }

  /** Addresses outside of the cluster, each with all names by which it is known now. They hold for what is compiled later, too. */
  learn(changes: readonly NamedAddress[]): Step[] {
    for (const it of changes) {
      const key = addressKey(it.address)
      if (it.names.length === 0) this.#named.delete(key)
      else this.#named.set(key, it)
    }
    return this.#live?.learn(changes) ?? []
  }

  /** Which names rules of the node ask about: another text when they are others, empty when none are. */
  get askedNames(): string {
    return this.#live?.askedNames ?? ''
  }

  isNameAsked(name: string): boolean {
    return this.#live?.isNameAsked(name) === true
  }

  /** Would it change nothing, if the address had these names beside those that it has? */
  isSaid(named: NamedAddress): boolean {
    return this.#live?.isSaid(named) === true
  }

  /** What was kept for packets on their way. To be called a while after the last update. */
  tidy(): Step[] {
    return this.#live?.tidy() ?? []
  }

  #anew(state: PolicyState, node: NodeView, settings: NodeSettings): Step[] {
    const before = this.ruleset()
    const edition = this.#live?.nextEdition ?? 0
    const live = new LiveNode(state, node, { ...this.#options, settings, edition })
    live.tellNames([...this.#named.values()])
    live.update(state, everythingIn(state), node)
    this.#live = live
    return [{ before, after: live.ruleset() }]
  }
}

function everythingIn({ endpoints, hostEndpoints, networkSets }: PolicyState): StateDelta {
  return {
    endpoints: { gone: [], come: [...endpoints.values()] },
    hostEndpoints: { gone: [], come: [...hostEndpoints.values()] },
    networkSets: { gone: [], come: networkSets },
    policies: { gone: [], come: [] },
    stagedPolicies: { gone: [], come: [] },
    isWhole: true,
  }
}
