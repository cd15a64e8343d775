/**
 * Policy state ▶ the desired tables of one node: policy becomes look-ups, so that a packet's cost does not grow with the number of
 * policies or rules. Pure.
 *
 * Interface ▶ the chain of its endpoint's group ▶ class of the peer's address ▶ class, protocol and port ▶ a terminal that does
 * what the deciding rule says and counts it. Egress of the source comes first; what it allows goes on to the ingress of the
 * destination, if that is a pod of this node. What untracked policy denies is dropped as it comes in, where that can be told.
 * Source: spec/dataplane.md 1, 2, 3; shape: docs/adr/0014.
 */
import type { ChainContent, Ruleset, SetContent, TableContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import {
  type Endpoint,
  type GoverningEndpoints,
  type NodeSettings,
  type PolicyState,
  resolveHostEndpoints,
} from '@margay/policy'
import { type Assignment, Groups, type Stage } from '../decide/group.ts'
import { addressMapNames, ClassNumbers, type Edition } from '../emit/address-maps.ts'
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
import { EarlyCompiler } from './compile-early.ts'
import { type EmitPolicy, FamilyCompiler } from './compile-policy.ts'
import { areMixed } from './mixture.ts'
import type { CompileOptions, NodeView } from './options.ts'
import { Stages } from './stages.ts'

/** For the endpoints of the node, its host endpoints among them; the state's others are only peers. */
export function compile(state: PolicyState, node: NodeView, options: CompileOptions): Ruleset {
  return new Compiler(options).compile(state, node)
}

/** Names that are not used any more are forgotten with everything else when there are more than this. */
const mostNames = 200_000

/**
 * Compiles one state after another, of the same StateBuilder, and works only where something changed. What is the same as before is the
 * same object in both rulesets. Cost: O(endpoints + groups), and what a change touches.
 *
 * Each ruleset is meant to follow the one before in the kernel: where both rules and classes of addresses change, the maps of classes have
 * other names.
 */
export class Compiler {
  readonly #options: CompileOptions
  #caches: Caches | undefined
  #edition: Edition = 1
  #latest: Ruleset | undefined

  constructor(options: CompileOptions) {
    this.#options = options
  }

  compile(state: PolicyState, node: NodeView): Ruleset {
    const settings = { ...state.settingsOf(node.name), ...this.#options.settings }
    const caches = this.#cachesFor(settings, state)
    caches.stages.use(state)
    this.#latest = this.#emit(new NodeCompiler({ state, node, settings, caches }).compile())
    return this.#latest
  }

  /** With the address maps of before, unless what is under way would read them by other rules. */
  #emit(emit: EmitRuleset): Ruleset {
    const ruleset = emit(this.#edition)
    if (!areMixed(this.#latest ?? [], ruleset, addressMapNames(this.#edition))) return ruleset
    this.#edition++
    return emit(this.#edition)
  }

  /** Settings are in most of what is emitted, and change rarely. */
  #cachesFor(settings: NodeSettings, state: PolicyState): Caches {
    const known = this.#caches
    const text = JSON.stringify(settings, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    if (known?.settings === text && known.names.size < mostNames) return known
    this.#caches = newCaches(text, settings, state, this.#options)
    return this.#caches
  }
}

interface Caches {
  /** For which they were made. */
  readonly settings: string
  readonly names: Names
  readonly chainNames: ChainNames
  readonly stages: Stages
  readonly groups: Groups
  readonly families: readonly (readonly [IpVersion, FamilyCompiler])[]
  readonly early: EarlyCompiler
}

function newCaches(
  text: string,
  settings: NodeSettings,
  state: PolicyState,
  { mostOfNarrow }: CompileOptions,
): Caches {
  const names = new Names()
  const chainNames = new ChainNames(names)
  const terminals = new Terminals(names, { actions: verdictActions(settings), logLine: logLine(settings) })
  const [groups, numbers] = [new Groups(), new ClassNumbers()]
  const shared = { groups, names: chainNames, numbers, mostOfNarrow }
  const context = { ...shared, terminals, hosts: 'All' } as const
  const families = versions.map((version) => [version, new FamilyCompiler(version, context)] as const)
  const early = new EarlyCompiler(settings, names, shared)
  return { settings: text, names, chainNames, stages: new Stages(state), groups, families, early }
}

type EmitRuleset = (edition: Edition) => Ruleset

interface NodeInput {
  readonly state: PolicyState
  readonly node: NodeView
  readonly settings: NodeSettings
  readonly caches: Caches
}

class NodeCompiler {
  readonly #input: NodeInput
  readonly #local: readonly Endpoint[]
  readonly #governing: GoverningEndpoints
  readonly #workloads: readonly Assignment[]
  readonly #hosts: readonly HostAssignment[]

  constructor(input: NodeInput) {
    const { state, node, settings, caches } = input
    this.#input = input
    this.#local = [...state.endpoints.values()].filter((endpoint) => endpoint.node === node.name)
    this.#governing = governingOn(node, state, settings)
    this.#workloads = assignGroups(caches, this.#local, this.#mayHavePrefixes)
    this.#hosts = assignHosts(caches.stages, this.#governing)
  }

  compile(): EmitRuleset {
    const { state, node, settings, caches } = this.#input
    const early = caches.early.compile(state, {
      devices: node.interfaces,
      governing: this.#governing,
      hosts: this.#hosts,
    })
    const inet = this.#inetTable()
    const arp = arpTable(this.#local, settings.interfacePrefixes)
    return (edition) => [inet(edition), arp, early(edition)].filter((content) => content !== undefined)
  }

  get #mayHavePrefixes(): boolean {
    return this.#input.settings.workloadSourceSpoofing === 'Any'
  }

  #inetTable(): (edition: Edition) => TableContent {
    const { settings, node, caches } = this.#input
    const host = hostDispatch(this.#hostEntries(), this.#governing, settings)
    const pods = dispatch(this.#workloads, caches.chainNames)
    const limit = limits(this.#local)
    const { linkLocals } = node
    const source = sources(this.#local, { mayHavePrefixes: this.#mayHavePrefixes, linkLocals })
    const framed = frame(settings, host, limit, source)
    const policies = this.#policies()
    return (edition) => {
      const parts = [limit, pods, host, ...policies.map((emit) => emit(edition))]
      const chains = [...framed, ...parts.flatMap((part) => part.chains)]
      const sets = [...source.sets, ...parts.flatMap((part) => part.sets)]
      return { table: table('inet'), chains: chainsByName(chains), sets: setsByName(sets) }
    }
  }

  #policies(): EmitPolicy[] {
    const { state, caches } = this.#input
    return caches.families.map(([version, family]) => {
      const own = this.#workloads.filter((assignment) => assignment.version === version)
      const groups = new Set(own.flatMap((assignment) => [...(assignment.groups?.keys() ?? [])]))
      return family.compile(state, { groups, stages: this.#stagesBehind(own) })
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
        chain: this.#input.caches.chainNames.ofStage(stage, version),
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
