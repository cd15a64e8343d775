/** What the API says ▶ what this node's kernel is to have: the packet filter, and what plumbing needs to know of pods. */
import { type CompileOptions, Compiler, type NodeView } from '@margay/dataplane'
import type { Ruleset } from '@margay/netlink/nftables'
import { formatPolicyRef, type NodeSettings, type PolicyState, StateBuilder } from '@margay/policy'
import type { Resource } from '@margay/resources'
import type { NodeWorkloads } from './host/desired-host.ts'
import { nodeWorkloads } from './host/node-workloads.ts'

export interface NodePolicyOptions {
  /** `spec.nodeName` of the pods that count. */
  readonly nodeName: string
  /** The node's interfaces with their addresses, as they are now. */
  readonly interfaces: () => Omit<NodeView, 'name'>
  readonly compile: CompileOptions
}

export interface NodeState {
  readonly state: PolicyState
  readonly workloads: NodeWorkloads
  /** A line for each policy or object that is not understood. */
  readonly problems: readonly string[]
}

/** Remembers what it worked out: the next time costs what has changed. */
export class NodePolicy {
  readonly #options: NodePolicyOptions
  readonly #states = new StateBuilder()
  readonly #compiler: Compiler

  constructor(options: NodePolicyOptions) {
    this.#options = options
    this.#compiler = new Compiler(options.compile)
  }

  stateOf(resources: Iterable<Resource>): NodeState {
    const { state, problems, objectProblems } = this.#states.build(resources)
    const local = [...state.endpoints.values()].filter(({ node }) => node === this.#options.nodeName)
    return {
      state,
      workloads: nodeWorkloads(local, this.#settings(state)),
      problems: [
        ...problems.map(({ policy, message }) => `${formatPolicyRef(policy)}: ${message}; it denies instead`),
        ...objectProblems.map(({ object, message }) => `${object}: ${message}`),
      ],
    }
  }

  compile({ state }: NodeState): Ruleset {
    const { nodeName, interfaces } = this.#options
    return this.#compiler.compile(state, { name: nodeName, ...interfaces() })
  }

  /** What was given to this agent counts more than what the cluster says. */
  #settings(state: PolicyState): NodeSettings {
    return { ...state.settingsOf(this.#options.nodeName), ...this.#options.compile.settings }
  }
}
