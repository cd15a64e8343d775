/** Groups and host endpoints ▶ their chains and maps, and the maps of address classes that all of them look up. */
import type { ChainContent, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import {
  AddressClasses,
  ClassLevels,
  Criteria,
  type Criterion,
  criteriaOf,
  type HostAddress,
  type PeerClass,
  type PolicyState,
} from '@margay/policy'
import { decideGroup } from '../decide/decide-group.ts'
import type { Group, Groups, Stage } from '../decide/group.ts'
import { answersFor, ownOf } from '../decide/peer-rule.ts'
import { AddressMaps, type ClassNumbers, type Edition } from '../emit/address-maps.ts'
import type { ChainNames } from '../emit/chain-names.ts'
import { type GroupTable, groupTable } from '../emit/group-table.ts'
import { type OwnGroups, ownTable } from '../emit/own-table.ts'
import type { Terminals } from '../emit/terminals.ts'

/** What is compiled. */
export interface FamilyInput {
  /** Of workloads: what they ask of their own side is answered. */
  readonly groups: Iterable<Group>
  /** Of host endpoints. */
  readonly stages: readonly Stage[]
}

export interface CompiledPolicy {
  readonly chains: readonly ChainContent[]
  readonly sets: readonly SetContent[]
}

export type EmitPolicy = (edition: Edition) => CompiledPolicy

export interface PolicyContext {
  readonly groups: Groups
  readonly names: ChainNames
  readonly terminals: Pick<Terminals, 'chainFor' | 'named'>
  readonly numbers: ClassNumbers
  /** Which endpoints' addresses are in the maps. With fewer, a policy that speaks of others first has to enter them. */
  readonly hosts: 'All' | 'Told apart'
  /** See ClassLevels. */
  readonly mostOfNarrow: number
}

/** What was decided for a group, and by which classes. */
interface DecidedGroup {
  readonly table: GroupTable
  readonly levels: ClassLevels
}

/** Compiles one IP version again and again, and decides only groups for which something changed. */
export class FamilyCompiler {
  readonly #version: IpVersion
  readonly #context: PolicyContext
  readonly #maps: AddressMaps
  #classes: AddressClasses | undefined
  #levels: { readonly criteria: Criteria; readonly levels: ClassLevels } | undefined
  #decided = new Map<Group, DecidedGroup>()

  constructor(version: IpVersion, context: PolicyContext) {
    this.#version = version
    this.#context = context
    this.#maps = new AddressMaps(version, context.numbers)
  }

  compile(state: PolicyState, input: FamilyInput): EmitPolicy {
    const { names, numbers, terminals, hosts } = this.#context
    const criteria = new Criteria(criteriaIn(input))
    const classes = new AddressClasses(this.#version, populationOf(state), criteria, this.#classes)
    const levels = this.#levelsOf(classes, criteria)
    this.#classes = classes
    const owns = input.stages.map((stage) => ownGroups(stage, this.#version, levels, this.#context.groups))
    const groups = new Set([
      ...input.groups,
      ...owns.flatMap((own) => [...own.byClass.values(), own.elsewhere]),
    ])
    const tables = this.#decide(groups, levels)
    const ownTables = owns.map((own) =>
      ownTable(own, names.ofStage(own.stage, own.version), numbers, (group) => names.ofGroup(group)),
    )
    const ends = terminals.named(new Set(tables.flatMap((table) => [...table.terminals])))
    const told = hosts === 'All' ? classes.hosts : toldApart(classes, levels)
    const maps = this.#maps.contents(classes, levels, told)
    const sets = [
      ...tables.flatMap((table) => table.sets),
      ...ownTables.map(({ set }) => set).filter(({ elements }) => elements.length > 0),
    ]
    return (edition) => ({
      chains: [...[...tables, ...ownTables].map(({ chainFor }) => chainFor(edition)), ...ends],
      sets: [...maps(edition), ...sets],
    })
  }

  /** The same again, where there are the same classes and criteria. */
  #levelsOf(classes: AddressClasses, criteria: Criteria): ClassLevels {
    const known = this.#levels
    const isSame =
      known !== undefined &&
      hasSameKeys(known.criteria.byKey, criteria.byKey) &&
      this.#classes !== undefined &&
      hasSameKeys(this.#classes.all, classes.all)
    if (isSame) return known.levels
    const levels = new ClassLevels(classes, criteria, this.#context.mostOfNarrow)
    this.#levels = { criteria, levels }
    return levels
  }

  #decide(groups: ReadonlySet<Group>, levels: ClassLevels): GroupTable[] {
    const before = this.#decided
    this.#decided = new Map(
      [...groups].map((group) => {
        const known = before.get(group)
        const isSame = known !== undefined && isSameFor(group, known.levels, levels)
        return [group, { levels, table: isSame ? known.table : this.#table(group, levels) }]
      }),
    )
    return [...this.#decided.values()].map(({ table }) => table)
  }

  #table(group: Group, levels: ClassLevels): GroupTable {
    const { names, numbers, terminals } = this.#context
    return groupTable(group, decideGroup(group, levels), {
      name: names.ofGroup(group),
      numbers,
      terminal: (outcome) => terminals.chainFor(outcome, group.stage),
    })
  }
}

/** Do the criteria of a group tell the same classes apart? */
function isSameFor(group: Group, before: ClassLevels, now: ClassLevels): boolean {
  return before === now || criteriaOfGroup(group).every((criterion) => now.isSameFor(criterion, before))
}

function hasSameKeys(left: ReadonlyMap<string, unknown>, right: ReadonlyMap<string, unknown>): boolean {
  return left.size === right.size && left.keys().every((key) => right.has(key))
}

const criteriaByGroup = new WeakMap<Group, readonly Criterion[]>()

/** Each once. */
function criteriaOfGroup(group: Group): readonly Criterion[] {
  const known = criteriaByGroup.get(group)
  if (known !== undefined) return known
  const all = group.tiers.flatMap(({ rules }) => rules.flatMap(({ peer }) => criteriaOf(peer).all))
  const made = [...new Map(all.map((criterion) => [criterion.key, criterion])).values()]
  criteriaByGroup.set(group, made)
  return made
}

function* criteriaIn({ groups, stages }: FamilyInput): Iterable<Criterion> {
  for (const group of groups) yield* criteriaOfGroup(group)
  for (const { tiers } of stages) {
    for (const { rules } of tiers) {
      for (const { rule } of rules) {
        yield* criteriaOf(rule.source).all
        yield* criteriaOf(rule.destination).all
      }
    }
  }
}

function populationOf({ endpoints, hostEndpoints, networkSets }: PolicyState) {
  const hosts = [...hostEndpoints.values()].map((it) => ({ ...it, addresses: it.expectedAddresses }))
  return { endpoints: [...endpoints.values(), ...hosts], networkSets }
}

/** All others are in no range either, and so end up in the class of addresses that no rule speaks of. */
function toldApart({ hosts }: AddressClasses, levels: ClassLevels): HostAddress[] {
  const classes = levels.toldApart()
  return hosts.filter((host) => classes.has(host.class))
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
