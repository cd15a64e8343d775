/** Groups and host endpoints ▶ their chains and maps, and the maps of address classes that all of them look up. */
import type { ChainContent, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import {
  AddressClasses,
  ClassLevels,
  Criteria,
  criteriaOf,
  type PeerClass,
  type PeerMatch,
  type PolicyState,
} from '@margay/policy'
import { decideGroup } from '../decide/decide-group.ts'
import type { Group, Groups, Stage } from '../decide/group.ts'
import { answersFor, ownOf } from '../decide/peer-rule.ts'
import { addressMaps, type ClassNumbers } from '../emit/address-maps.ts'
import type { ChainNames } from '../emit/chain-names.ts'
import { groupTable } from '../emit/group-table.ts'
import { type OwnGroups, ownTable } from '../emit/own-table.ts'
import type { Terminals } from '../emit/terminals.ts'

/** What is compiled for one IP version. */
export interface FamilyInput {
  readonly version: IpVersion
  /** Of workloads: what they ask of their own side is answered. */
  readonly groups: Iterable<Group>
  /** Of host endpoints. */
  readonly stages: readonly Stage[]
}

export interface CompiledPolicy {
  readonly chains: readonly ChainContent[]
  readonly sets: readonly SetContent[]
}

export interface PolicyContext {
  readonly state: PolicyState
  readonly groups: Groups
  readonly names: ChainNames
  readonly terminals: Terminals
  readonly numbers: ClassNumbers
  /** See ClassLevels. */
  readonly mostOfNarrow: number
}

export function compileFamily(input: FamilyInput, context: PolicyContext): CompiledPolicy {
  const { names, terminals, numbers, mostOfNarrow, state } = context
  const criteria = new Criteria(peersOf(input))
  const classes = new AddressClasses(input.version, populationOf(state), criteria)
  const levels = new ClassLevels(classes, criteria, mostOfNarrow)
  const owns = input.stages.map((stage) => ownGroups(stage, input.version, levels, context.groups))
  const groups = new Set([
    ...input.groups,
    ...owns.flatMap((own) => [...own.byClass.values(), own.elsewhere]),
  ])
  const tables = [...groups].map((group) =>
    groupTable(group, decideGroup(group, levels), {
      name: names.ofGroup(group),
      numbers,
      terminal: (outcome) => terminals.chainFor(outcome, group.stage),
    }),
  )
  const ownTables = owns.map((own) =>
    ownTable(own, names.ofStage(own.stage, own.version), numbers, (group) => names.ofGroup(group)),
  )
  return {
    chains: [...tables, ...ownTables].map(({ chain }) => chain),
    sets: [
      ...addressMaps(classes, levels, numbers),
      ...tables.flatMap(({ sets }) => sets),
      ...ownTables.map(({ set }) => set).filter(({ elements }) => elements.length > 0),
    ],
  }
}

function* peersOf({ groups, stages }: FamilyInput): Iterable<PeerMatch> {
  for (const { tiers } of groups) for (const { rules } of tiers) for (const { peer } of rules) yield peer
  for (const { tiers } of stages) {
    for (const { rules } of tiers) for (const { rule } of rules) yield* [rule.source, rule.destination]
  }
}

function populationOf({ endpoints, hostEndpoints, networkSets }: PolicyState) {
  const hosts = [...hostEndpoints.values()].map((it) => ({ ...it, addresses: it.expectedAddresses }))
  return { endpoints: [...endpoints.values(), ...hosts], networkSets }
}

/** A group for each class of addresses that some rule tells apart on the own side. */
function ownGroups(stage: Stage, version: IpVersion, levels: ClassLevels, groups: Groups): OwnGroups {
  const groupFor = (it: PeerClass | undefined) =>
    groups.groupOf(stage, version, answersFor(it, version, stage.direction))
  const criteria = groups.asking(stage).flatMap((rule) => criteriaOf(ownOf(rule, stage.direction)).all)
  const touched = new Set(criteria.flatMap((criterion) => [...levels.meeting(criterion)]))
  return {
    stage,
    version,
    byClass: new Map([...touched].map((it) => [it, groupFor(it)])),
    elsewhere: groupFor(undefined),
  }
}
