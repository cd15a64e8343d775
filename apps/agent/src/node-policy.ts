/** What the API says ▶ what this node's kernel is to have: the packet filter, and what plumbing needs to know of pods. */
import { type CompileOptions, Compiler, type NodeDevice, type NodeView, type Step } from '@margay/dataplane'
import type { Ruleset } from '@margay/netlink/nftables'
import {
  formatPolicyRef,
  type NamedAddress,
  type NodeSettings,
  type PolicyState,
  type ResourceChange,
  StateBuilder,
  type UpdatedState,
} from '@margay/policy'
import type { AskedNames } from './dns/name-learner.ts'
import type { EncryptedWorkloads } from './encryption/encryption.ts'
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
  readonly workloads: NodeWorkloads
  readonly encrypted: EncryptedWorkloads
  /** A line for each policy or object that is not understood. */
  readonly problems: readonly string[]
  /** What the packet filter has to be changed by. */
  readonly steps: readonly Step[]
}

/** Follows what changes, and remembers what it worked out: each time costs what has changed. */
export class NodePolicy {
  readonly #options: NodePolicyOptions
  readonly #states = new StateBuilder()
  readonly #compiler: Compiler
  #hasBegun = false

  constructor(options: NodePolicyOptions) {
    this.#options = options
    this.#compiler = new Compiler(options.compile)
  }

  /** All that the packet filter is to have. */
  ruleset(): Ruleset {
    return this.#compiler.ruleset()
  }

  /** Devices to which rules are hooked, as far as they are there. */
  get hookedDevices(): readonly NodeDevice[] {
    return this.#compiler.hookedDevices
  }

  /** Also without changes: interfaces may be others than before. */
  take(changes: readonly ResourceChange[]): NodeState {
    const node = { name: this.#options.nodeName, ...this.#options.interfaces() }
    const [first, ...others] = this.#hasBegun ? inOrder(changes) : [changes]
    this.#hasBegun = true
    let updated = this.#states.update(first ?? [])
    const deltas = [updated.delta]
    const steps = [...this.#compiler.update(updated.state, updated.delta, node)]
    for (const more of others) {
      updated = this.#states.update(more)
      deltas.push(updated.delta)
      steps.push(...this.#compiler.update(updated.state, updated.delta, node))
    }
    const settings = this.#settings(updated.state)
    const { endpoints } = updated.state
    const encrypted = {
      settings,
      endpoints: () => endpoints.values(),
      gone: deltas.flatMap((delta) => delta.endpoints.gone),
      come: deltas.flatMap((delta) => delta.endpoints.come),
    }
    const workloads = nodeWorkloads(this.#compiler.localEndpoints, settings)
    return { workloads, encrypted, problems: problemsOf(updated, settings), steps }
  }

  /** See `Compiler`. */
  learn(changes: readonly NamedAddress[]): Step[] {
    return this.#compiler.learn(changes)
  }

  get asked(): AskedNames {
    const compiler = this.#compiler
    return {
      text: compiler.askedNames,
      isAsked: (name) => compiler.isNameAsked(name),
      isSaid: (named) => compiler.isSaid(named),
    }
  }

  /** What was kept for packets that are under way is not wanted any more. */
  tidy(): Step[] {
    return this.#compiler.tidy()
  }

  /** What was given to this agent counts more than what the cluster says. */
  #settings(state: PolicyState): NodeSettings {
    return { ...state.settingsOf(this.#options.nodeName), ...this.#options.compile.settings }
  }
}

/** Pods before everything else: what is only one of both changes less. Both are states that the API could have told in this order. */
function inOrder(changes: readonly ResourceChange[]): (readonly ResourceChange[])[] {
  const isPod = ({ before, after }: ResourceChange) => (before ?? after)?.kind === 'Pod'
  const parts = [changes.filter(isPod), changes.filter((change) => !isPod(change))]
  return parts.filter((part) => part.length > 0)
}

function problemsOf({ problems, objectProblems }: UpdatedState, { encryption }: NodeSettings): string[] {
  return [
    ...problems.map(({ policy, message }) => {
      const effect = policy.kind.startsWith('Staged') ? 'it would deny instead' : 'it denies instead'
      return `${formatPolicyRef(policy)}: ${message}; ${effect}`
    }),
    ...objectProblems.map(({ object, message }) => `${object}: ${message}`),
    ...encryption.problems.map((problem) => `FelixConfiguration: ${problem}`),
  ]
}
