/**
 * Policy state ▶ the desired tables of one node: policy becomes look-ups, so that a packet's cost does not grow with the number of
 * policies or rules. Pure.
 *
 * Interface ▶ the chain of its endpoint's group ▶ class of the peer's address ▶ class, protocol and port ▶ a terminal that does
 * what the deciding rule says and counts it. Egress of the source comes first; what it allows goes on to the ingress of the
 * destination, if that is a pod of this node. Source: spec/dataplane.md 1.6, 1.7, 2.2, 3; shape: docs/adr/0014.
 */
import type { ChainContent, Expression, Ruleset, SetContent, TableContent } from '@margay/netlink/nftables'
import type { Endpoint, PolicyState } from '@margay/policy'
import { arpTable } from '../emit/arp-table.ts'
import { dispatch, sourcesSet, versions } from '../emit/dispatch.ts'
import { accept, drop, goTo } from '../emit/expressions.ts'
import { egressAllowed, frame, logLine } from '../emit/frame.ts'
import { Terminals } from '../emit/terminals.ts'
import { Names } from '../nft/names.ts'
import { table } from '../nft/table.ts'
import { assignGroups } from './assign-groups.ts'
import { compilePolicy, GroupNames } from './compile-policy.ts'
import type { CompileOptions } from './options.ts'

/** `local` are the endpoints of this node; the state's others are only peers. */
export function compile(state: PolicyState, local: readonly Endpoint[], options: CompileOptions): Ruleset {
  const names = new Names()
  const groupNames = new GroupNames(names)
  const terminals = new Terminals(names, {
    allow: { Egress: goTo(egressAllowed), Ingress: accept },
    deny: denial(options),
    logLine: logLine(options),
  })
  const assignments = assignGroups(state, local)
  const groups = new Set(assignments.flatMap((assignment) => [...assignment.groups.keys()]))
  const policy = compilePolicy(state, groups, {
    names: groupNames,
    terminals,
    mostOfNarrow: options.mostOfNarrow,
  })
  const entry = dispatch(assignments, groupNames, names)
  const sources = versions.map((version) => sourcesSet(`pod-sources-${version}`, version, local))
  const inet: TableContent = {
    table: table('inet'),
    sets: setsByName([...sources, ...entry.sets, ...policy.sets]),
    chains: chainsByName([
      ...frame(options),
      ...entry.chains,
      ...policy.chains,
      ...terminals.chains.values(),
    ]),
  }
  return [inet, arpTable(local, options)]
}

function denial({ denyAction }: CompileOptions): Expression {
  return denyAction === 'Drop' ? drop : { type: 'reject', with: 'icmpx-port-unreachable' }
}

function setsByName(sets: readonly SetContent[]): Map<string, SetContent> {
  return new Map(sets.map((content) => [content.set.name, content]))
}

function chainsByName(chains: readonly ChainContent[]): Map<string, ChainContent> {
  return new Map(chains.map((content) => [content.chain.name, content]))
}
