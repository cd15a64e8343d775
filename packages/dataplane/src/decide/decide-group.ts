/** A group's whole policy as look-ups: a column for each class of peers that its rules tell apart, and one for all others. */
import { type AddressClass, type ClassIndex, classMatches, namedPortsAt } from '@margay/policy'
import { type Area, areaOf, type PeerNames, type ProtocolKey, protocolsReadBy } from './area.ts'
import { BoxCells, type CellSpace, PortCells } from './cells.ts'
import { type Column, columnOf, type MatchingRules } from './column.ts'
import type { Group } from './group.ts'
import type { PeerRule } from './peer-rule.ts'

export interface GroupDecision {
  readonly space: CellSpace
  /** Of classes whose column differs from `elsewhere`; equal columns are one object. */
  readonly columns: ReadonlyMap<AddressClass, Column>
  /** For every class that has no column. */
  readonly elsewhere: Column
}

/** Cost: O(rules + for each class that they tell apart, the rules that match it). */
export function decideGroup(group: Group, index: ClassIndex): GroupDecision {
  return new GroupDecider(group, index).decide()
}

const noNames: PeerNames = { ports: [], notPorts: [] }
const none: MatchingRules = []

class GroupDecider {
  readonly #group: Group
  readonly #index: ClassIndex
  readonly #rules: readonly PeerRule[]
  /** Of each tier, the rules that name nobody: they match every class, but for what they exclude. */
  readonly #general: MatchingRules
  readonly #excluding: readonly PeerRule[]
  /** Those that name ports of their peers. */
  readonly #naming: readonly PeerRule[]
  readonly #protocols: ReadonlySet<number>
  readonly #space: CellSpace
  readonly #columnByKey = new Map<string, Column>()

  constructor(group: Group, index: ClassIndex) {
    this.#group = group
    this.#index = index
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
    const matching = this.#matchingByClass()
    const text = textOf(elsewhere)
    const same = new Map<Column, boolean>()
    const columns = new Map<AddressClass, Column>()
    for (const it of this.#touched()) {
      const column = this.#column(it, matching.get(it) ?? none)
      const isSame = same.get(column) ?? textOf(column) === text
      same.set(column, isSame)
      if (!isSame) columns.set(it, column)
    }
    return { space: this.#space, columns, elsewhere }
  }

  #touched(): Set<AddressClass> {
    return new Set(this.#rules.flatMap(({ peer }) => this.#index.touchedBy(peer)))
  }

  /** Of each tier, the rules that name the class. */
  #matchingByClass(): Map<AddressClass, PeerRule[][]> {
    const matching = new Map<AddressClass, PeerRule[][]>()
    for (const [tier, { rules }] of this.#group.tiers.entries()) {
      for (const rule of rules.filter(namesItsPeers)) {
        for (const it of this.#index.matching(rule.peer)) {
          const there = matching.get(it) ?? this.#group.tiers.map(() => [])
          matching.set(it, there)
          there[tier]?.push(rule)
        }
      }
    }
    return matching
  }

  /** Classes under the same rules have the same column, unless names of ports mean other numbers there. */
  #column(it: AddressClass | undefined, naming: MatchingRules): Column {
    const excluded = new Set(
      it === undefined ? [] : this.#excluding.filter((rule) => !classMatches(rule.peer, it)),
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
      areaOf(rule, protocol, names.get(rule.position) ?? noNames, this.#group)
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
          const area = areaOf(rule, protocol, names, this.#group)
          if (area !== undefined) yield [protocol, area]
        }
      }
    }
  }

  #meaningsOf(rule: PeerRule): PeerNames[] {
    if (!readsPeerNames(rule)) return [noNames]
    return [noNames, ...this.#index.touchedBy(rule.peer).map((it) => peerNames(rule, it))]
  }

  #portsNamed(rule: PeerRule) {
    return this.#meaningsOf(rule).flatMap(({ ports, notPorts }) => [...ports, ...notPorts])
  }
}

function protocolsOf(rule: PeerRule, all: ReadonlySet<number>): Iterable<number> {
  return rule.protocol === undefined ? all : [rule.protocol]
}

/** A rule with a positive criterion matches only classes that meet it. */
function namesItsPeers({ peer }: PeerRule): boolean {
  return peer.inSet !== undefined || peer.nets !== undefined
}

function excludesPeers({ peer }: PeerRule): boolean {
  return peer.notInSet !== undefined || peer.notNets !== undefined
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
  return [peer.ports, peer.notPorts].some((ports) => ports !== undefined && ports.names.length > 0)
}

function namesAt(rules: readonly PeerRule[], it: AddressClass | undefined): Map<number, PeerNames> {
  return new Map(it === undefined ? [] : rules.map((rule) => [rule.position, peerNames(rule, it)]))
}

function peerNames({ peer }: PeerRule, it: AddressClass): PeerNames {
  return {
    ports: peer.ports === undefined ? [] : namedPortsAt(peer.ports, it),
    notPorts: peer.notPorts === undefined ? [] : namedPortsAt(peer.notPorts, it),
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
