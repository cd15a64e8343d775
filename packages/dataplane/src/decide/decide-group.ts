/** A group's whole policy as look-ups: a column for each class of peers that its rules tell apart, and one for all others. */
import type { IpVersion } from '@margay/netset'
import { type ClassLevels, criteriaOf, type Direction, matchesPeers, type PeerClass } from '@margay/policy'
import { type Area, areaOf, type PeerNames, type ProtocolKey, protocolsReadBy } from './area.ts'
import { BoxCells, type CellSpace, PortCells } from './cells.ts'
import { type Column, columnOf, type MatchingRules } from './column.ts'
import type { Group } from './group.ts'
import type { PeerRule } from './peer-rule.ts'

export interface GroupDecision {
  readonly space: CellSpace
  /** Of classes whose column differs from `elsewhere`; equal columns are one object. */
  readonly columns: ReadonlyMap<PeerClass, Column>
  /** For every class that has no column. */
  readonly elsewhere: Column
}

/** Cost: O(rules + for each class that they tell apart, the rules that match it). */
export function decideGroup(group: Group, levels: ClassLevels): GroupDecision {
  return new GroupDecider(group, levels).decide()
}

const noNames: PeerNames = { ports: [], notPorts: [], service: [] }
const none: MatchingRules = []

class GroupDecider {
  readonly #group: Group
  readonly #where: { readonly direction: Direction; readonly version: IpVersion }
  readonly #levels: ClassLevels
  readonly #rules: readonly PeerRule[]
  /** Of each tier, the rules that name nobody: they match every class, but for what they exclude. */
  readonly #general: MatchingRules
  readonly #excluding: readonly PeerRule[]
  /** Those whose ports depend on the peer. */
  readonly #naming: readonly PeerRule[]
  readonly #protocols: ReadonlySet<number>
  readonly #space: CellSpace
  readonly #columnByKey = new Map<string, Column>()

  constructor(group: Group, levels: ClassLevels) {
    this.#group = group
    this.#where = { direction: group.stage.direction, version: group.version }
    this.#levels = levels
    this.#rules = group.tiers.flatMap(({ rules }) => rules)
    this.#general = group.tiers.map(({ rules }) => rules.filter((rule) => !namesItsPeers(rule)))
    this.#excluding = this.#general.flatMap((rules) => rules.filter(excludesPeers))
    this.#naming = this.#rules.filter(readsPeerNames)
    const named = this.#naming.flatMap((rule) => this.#portsNamed(rule))
    const read = this.#rules.flatMap((rule) => protocolsReadBy(rule, group.version))
    this.#protocols = new Set([...read, ...named.map(({ protocol }) => protocol)])
    this.#space = this.#cellSpace()
  }

  decide(): GroupDecision {
    const elsewhere = this.#column(undefined, none)
    const text = textOf(elsewhere)
    const same = new Map<Column, boolean>()
    const columns = new Map<PeerClass, Column>()
    for (const [it, naming] of this.#namingByClass()) {
      const column = this.#column(it, naming)
      const isSame = same.get(column) ?? textOf(column) === text
      same.set(column, isSame)
      // A fine class hides its wide one, so it has to say even what is said of everybody.
      if (!isSame || it.level === 'Fine') columns.set(it, column)
    }
    return { space: this.#space, columns, elsewhere }
  }

  /** Each class that some rule tells apart, with the rules that name it, by tier. */
  #namingByClass(): Map<PeerClass, PeerRule[][]> {
    const naming = new Map<PeerClass, PeerRule[][]>()
    for (const { peer } of this.#rules) {
      for (const criterion of criteriaOf(peer).all) {
        for (const it of this.#levels.meeting(criterion)) {
          if (!naming.has(it))
            naming.set(
              it,
              this.#group.tiers.map(() => []),
            )
        }
      }
    }
    const fine = [...naming.keys()].filter(({ level }) => level === 'Fine')
    for (const [tier, { rules }] of this.#group.tiers.entries()) {
      for (const rule of rules.filter(namesItsPeers)) {
        for (const it of this.#namedBy(rule, fine)) naming.get(it)?.[tier]?.push(rule)
      }
    }
    return naming
  }

  /** Only classes that meet a narrow criterion can be named by a rule that has one. */
  #namedBy({ peer }: PeerRule, fine: readonly PeerClass[]): PeerClass[] {
    const narrow = criteriaOf(peer).positive.find((criterion) => !this.#levels.isWide(criterion))
    const candidates = narrow === undefined ? fine : [...this.#levels.meeting(narrow)]
    const found = candidates.filter((it) => matchesPeers(peer, it))
    return narrow === undefined ? [...found, ...this.#levels.wideMatching(peer)] : found
  }

  /** Classes under the same rules have the same column, unless names of ports mean other numbers there. */
  #column(it: PeerClass | undefined, naming: MatchingRules): Column {
    const excluded = new Set(
      it === undefined ? [] : this.#excluding.filter((rule) => !matchesPeers(rule.peer, it)),
    )
    const names = namesAt(this.#naming, it)
    const key = JSON.stringify([naming.map(positions), positions([...excluded]), [...names]])
    const known = this.#columnByKey.get(key)
    if (known !== undefined) return known
    const rules = this.#general.map((general, tier) => merge(general, naming[tier] ?? [], excluded))
    const made = this.#makeColumn(rules, names)
    this.#columnByKey.set(key, made)
    return made
  }

  #makeColumn(rules: MatchingRules, names: ReadonlyMap<number, PeerNames>): Column {
    const area = (rule: PeerRule, protocol: ProtocolKey) =>
      areaOf(rule, protocol, names.get(rule.position) ?? noNames, this.#where)
    return columnOf(this.#group, rules, this.#protocols, this.#space, area)
  }

  /** Ports suffice for nearly every policy. */
  #cellSpace(): CellSpace {
    const areas = [...this.#areas()]
    return areas.every(([, area]) => PortCells.fits(area)) ? new PortCells() : new BoxCells(areas)
  }

  /** Every area of every rule, with whatever its names can mean. */
  *#areas(): Iterable<readonly [ProtocolKey, Area]> {
    for (const rule of this.#rules) {
      for (const protocol of protocolsOf(rule, this.#protocols)) {
        for (const names of this.#meaningsOf(rule)) {
          const area = areaOf(rule, protocol, names, this.#where)
          if (area !== undefined) yield [protocol, area]
        }
      }
    }
  }

  #meaningsOf(rule: PeerRule): PeerNames[] {
    if (!readsPeerNames(rule)) return [noNames]
    const criteria = criteriaOf(rule.peer).all
    const classes = new Set(criteria.flatMap((criterion) => [...this.#levels.meeting(criterion)]))
    return [noNames, ...[...classes].map((it) => peerNames(rule, it))]
  }

  #portsNamed(rule: PeerRule) {
    return this.#meaningsOf(rule).flatMap(({ ports, notPorts, service }) => [
      ...ports,
      ...notPorts,
      ...service,
    ])
  }
}

function protocolsOf(rule: PeerRule, all: ReadonlySet<number>): Iterable<number> {
  return rule.protocol === undefined ? all : [rule.protocol]
}

/** A rule with a positive criterion matches only classes that meet it. */
function namesItsPeers({ peer }: PeerRule): boolean {
  return criteriaOf(peer).positive.length > 0
}

function excludesPeers({ peer }: PeerRule): boolean {
  return criteriaOf(peer).negative.length > 0
}

function positions(rules: readonly PeerRule[]): number[] {
  return rules.map(({ position }) => position)
}

/** Both lists are in order, and so is the result. */
function merge(
  general: readonly PeerRule[],
  naming: readonly PeerRule[],
  excluded: ReadonlySet<PeerRule>,
): readonly PeerRule[] {
  const left = excluded.size === 0 ? general : general.filter((rule) => !excluded.has(rule))
  if (naming.length === 0) return left
  if (left.length === 0) return naming
  return [...left, ...naming].sort((one, other) => one.position - other.position)
}

function readsPeerNames({ peer }: PeerRule): boolean {
  if (peer.inService !== undefined) return true
  return [peer.ports, peer.notPorts].some((ports) => ports !== undefined && ports.names.length > 0)
}

function namesAt(rules: readonly PeerRule[], it: PeerClass | undefined): Map<number, PeerNames> {
  return new Map(it === undefined ? [] : rules.map((rule) => [rule.position, peerNames(rule, it)]))
}

function peerNames({ peer }: PeerRule, it: PeerClass): PeerNames {
  return {
    ports: peer.ports === undefined ? [] : it.namedPorts(peer.ports),
    notPorts: peer.notPorts === undefined ? [] : it.namedPorts(peer.notPorts),
    service: peer.inService === undefined ? [] : it.servicePorts(peer.inService),
  }
}

function textOf({ others, protocols }: Column): string {
  const ofProtocols = [...protocols].map(([protocol, { rest, cells }]) => [
    protocol,
    rest.key,
    [...cells].sort(([left], [right]) => left - right).map(([cell, { key }]) => [cell, key]),
  ])
  return JSON.stringify([others.key, ofProtocols])
}
