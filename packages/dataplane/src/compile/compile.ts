/**
 * Policy state ▶ the desired tables of one node: policy becomes look-ups, so that a packet's cost does not grow with the number of
 * policies or rules. Pure.
 *
 * Interface ▶ the chain of its endpoint's group ▶ class of the peer's address ▶ class, protocol and port ▶ a terminal that does
 * what the deciding rule says and counts it. Egress of the source comes first; what it allows goes on to the ingress of the
 * destination, if that is a pod of this node. Source: spec/dataplane.md 1, 2, 3; shape: docs/adr/0014.
 */
import type { ChainContent, Ruleset, SetContent, TableContent } from '@margay/netlink/nftables'
import {
  type Endpoint,
  type GoverningEndpoints,
  type NodeSettings,
  type PolicyState,
  resolveHostEndpoints,
} from '@margay/policy'
import { type Assignment, Groups, type Stage } from '../decide/group.ts'
import { ClassNumbers } from '../emit/address-maps.ts'
import { arpTable } from '../emit/arp-table.ts'
import { ChainNames } from '../emit/chain-names.ts'
import { dispatch, versions } from '../emit/dispatch.ts'
import { frame, logLine, verdictActions } from '../emit/frame.ts'
import { hostDispatch } from '../emit/host-dispatch.ts'
import { limits } from '../emit/limits.ts'
import { sources } from '../emit/sources.ts'
import { Terminals } from '../emit/terminals.ts'
import { Names } from '../nft/names.ts'
import { table } from '../nft/table.ts'
import { assignGroups } from './assign-groups.ts'
import { assignHosts, type HostAssignment } from './assign-hosts.ts'
import { type CompiledPolicy, compileFamily } from './compile-policy.ts'
import type { CompileOptions, NodeView } from './options.ts'
import { Stages } from './stages.ts'

/** For the endpoints of the node, its host endpoints among them; the state's others are only peers. */
export function compile(state: PolicyState, node: NodeView, options: CompileOptions): Ruleset {
  return new NodeCompiler(state, node, options).compile()
}

class NodeCompiler {
  readonly #state: PolicyState
  readonly #settings: NodeSettings
  readonly #mostOfNarrow: number
  readonly #local: readonly Endpoint[]
  readonly #governing: GoverningEndpoints
  readonly #linkLocals: NodeView['linkLocals']
  readonly #names = new Names()
  readonly #chainNames = new ChainNames(this.#names)
  readonly #terminals: Terminals
  readonly #groups = new Groups()
  readonly #workloads: readonly Assignment[]
  readonly #hosts: readonly HostAssignment[]

  constructor(state: PolicyState, node: NodeView, { settings, mostOfNarrow }: CompileOptions) {
    this.#state = state
    this.#settings = { ...state.settingsOf(node.name), ...settings }
    this.#mostOfNarrow = mostOfNarrow
    this.#local = [...state.endpoints.values()].filter((endpoint) => endpoint.node === node.name)
    this.#linkLocals = node.linkLocals
    this.#governing = governingOn(node, state, this.#settings)
    this.#terminals = new Terminals(this.#names, {
      actions: verdictActions(this.#settings),
      logLine: logLine(this.#settings),
    })
    const stages = new Stages(state)
    this.#workloads = assignGroups({ stages, groups: this.#groups }, this.#local, this.#mayHavePrefixes)
    this.#hosts = assignHosts(stages, this.#governing)
  }

  compile(): Ruleset {
    return [this.#inetTable(), arpTable(this.#local, this.#settings.interfacePrefixes)]
  }

  get #mayHavePrefixes(): boolean {
    return this.#settings.workloadSourceSpoofing === 'Any'
  }

  #inetTable(): TableContent {
    const policies = this.#policies()
    const host = hostDispatch(this.#hostEntries(), this.#governing, this.#settings)
    const pods = dispatch(this.#workloads, this.#chainNames)
    const [limit, source] = [
      limits(this.#local),
      sources(this.#local, {
        mayHavePrefixes: this.#mayHavePrefixes,
        linkLocals: this.#linkLocals,
      }),
    ]
    const parts = [limit, pods, host, ...policies]
    const chains = [
      ...frame(this.#settings, host, limit, source),
      ...parts.flatMap((part) => part.chains),
      ...this.#terminals.chains.values(),
    ]
    const sets = [...source.sets, ...parts.flatMap((part) => part.sets)]
    return { table: table('inet'), chains: chainsByName(chains), sets: setsByName(sets) }
  }

  #policies(): CompiledPolicy[] {
    const context = {
      state: this.#state,
      groups: this.#groups,
      names: this.#chainNames,
      terminals: this.#terminals,
      numbers: new ClassNumbers(),
      mostOfNarrow: this.#mostOfNarrow,
    }
    return versions.map((version) => {
      const own = this.#workloads.filter((assignment) => assignment.version === version)
      const groups = new Set(own.flatMap((assignment) => [...(assignment.groups?.keys() ?? [])]))
      return compileFamily({ version, groups, stages: this.#stagesBehind(own) }, context)
    })
  }

  /** Of those that may have any address on their own side. */
  #stagesBehind(workloads: readonly Assignment[]): Stage[] {
    const open = workloads.filter(({ groups }) => groups === undefined)
    return [...new Set([...this.#hosts, ...open].map(({ stage }) => stage))]
  }

  #hostEntries() {
    return this.#hosts.flatMap(({ endpoint, stage }) =>
      versions.map((version) => ({
        endpoint,
        stage,
        version,
        chain: this.#chainNames.ofStage(stage, version),
      })),
    )
  }
}

function governingOn(node: NodeView, state: PolicyState, { interfacePrefixes }: NodeSettings) {
  return resolveHostEndpoints(state.hostEndpoints.values(), node.name, node.interfaces, interfacePrefixes)
}

function setsByName(sets: readonly SetContent[]): Map<string, SetContent> {
  return new Map(sets.map((content) => [content.set.name, content]))
}

function chainsByName(chains: readonly ChainContent[]): Map<string, ChainContent> {
  return new Map(chains.map((content) => [content.chain.name, content]))
}
