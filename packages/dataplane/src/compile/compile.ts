/**
 * Policy state ▶ the desired tables of one node: policy becomes look-ups, so that a packet's cost does not grow with the number of
 * policies or rules. Pure.
 *
 * Interface ▶ the chain of its endpoint's group ▶ class of the peer's address ▶ class, protocol and port ▶ a terminal that does
 * what the deciding rule says and counts it. Egress of the source comes first; what it allows goes on to the ingress of the
 * destination, if that is a pod of this node. Source: spec/dataplane.md 1, 2, 3; shape: docs/adr/0014.
 */
import type { ChainContent, Ruleset, SetContent, TableContent } from '@margay/netlink/nftables'
import { type PolicyState, resolveHostEndpoints } from '@margay/policy'
import { Groups } from '../decide/group.ts'
import { ClassNumbers } from '../emit/address-maps.ts'
import { arpTable } from '../emit/arp-table.ts'
import { dispatch, sourcesSet, versions } from '../emit/dispatch.ts'
import { frame, logLine, verdictActions } from '../emit/frame.ts'
import { hostDispatch } from '../emit/host-dispatch.ts'
import { Terminals } from '../emit/terminals.ts'
import { Names } from '../nft/names.ts'
import { table } from '../nft/table.ts'
import { assignGroups } from './assign-groups.ts'
import { assignHosts } from './assign-hosts.ts'
import { ChainNames, compileFamily } from './compile-policy.ts'
import type { CompileOptions, NodeView } from './options.ts'
import { Stages } from './stages.ts'

/** For the endpoints of the node, its host endpoints among them; the state's others are only peers. */
export function compile(state: PolicyState, node: NodeView, options: CompileOptions): Ruleset {
  const settings = { ...state.settingsOf(node.name), ...options.settings }
  const local = [...state.endpoints.values()].filter((endpoint) => endpoint.node === node.name)
  const names = new Names()
  const chainNames = new ChainNames(names)
  const terminals = new Terminals(names, {
    actions: verdictActions(settings),
    logLine: logLine(settings),
  })
  const [stages, groups] = [new Stages(state), new Groups()]
  const governing = resolveHostEndpoints(
    state.hostEndpoints.values(),
    node.name,
    node.interfaces,
    settings.interfacePrefixes,
  )
  const workloads = assignGroups(stages, groups, local)
  const hosts = assignHosts(stages, governing)
  const context = {
    ...{ state, groups, names: chainNames, terminals, mostOfNarrow: options.mostOfNarrow },
    numbers: new ClassNumbers(),
  }
  const families = versions.map((version) => {
    const own = workloads.filter((assignment) => assignment.version === version)
    const ownGroups = new Set(own.flatMap((assignment) => [...assignment.groups.keys()]))
    const ownStages = [...new Set(hosts.map(({ stage }) => stage))]
    return compileFamily({ version, groups: ownGroups, stages: ownStages }, context)
  })
  const entries = hosts.flatMap(({ endpoint, stage }) =>
    versions.map((version) => ({ endpoint, stage, version, chain: chainNames.ofStage(stage, version) })),
  )
  const host = hostDispatch(entries, governing, settings)
  const pods = dispatch(workloads, chainNames, names)
  const sources = versions.map((version) => sourcesSet(`pod-sources-${version}`, version, local))
  const inet: TableContent = {
    table: table('inet'),
    sets: setsByName([...sources, ...pods.sets, ...host.sets, ...families.flatMap(({ sets }) => sets)]),
    chains: chainsByName([
      ...frame(settings, host),
      ...pods.chains,
      ...host.chains,
      ...families.flatMap(({ chains }) => chains),
      ...terminals.chains.values(),
    ]),
  }
  return [inet, arpTable(local, settings.interfacePrefixes)]
}

function setsByName(sets: readonly SetContent[]): Map<string, SetContent> {
  return new Map(sets.map((content) => [content.set.name, content]))
}

function chainsByName(chains: readonly ChainContent[]): Map<string, ChainContent> {
  return new Map(chains.map((content) => [content.chain.name, content]))
}
