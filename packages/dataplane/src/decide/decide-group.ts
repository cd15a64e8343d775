/**
 * A group's whole policy, asked for one class of peers at a time: a column says what becomes of all packets to or from them. Classes
 * under the same rules have the same column.
 */
import type { IpVersion } from '@margay/netset'
import {
  type Criterion,
  criteriaOf,
  type Direction,
  matchesPeers,
  type NamedPort,
  type Peer,
} from '@margay/policy'
import { type Area, areaOf, type PeerNames, type ProtocolKey, protocolsReadBy } from './area.ts'
import { BoxCells, type CellSpace, PortCells } from './cells.ts'
import { type Column, columnOf, type MatchingRules } from './column.ts'
import type { Group } from './group.ts'
import { Outcomes } from './outcomes.ts'
import type { PeerRule } from './peer-rule.ts'

const noNames: PeerNames = { ports: [], notPorts: [], service: [] }
const none: MatchingRules = []

/** A rule in the tier of this index. */
interface PlacedRule {
  readonly rule: PeerRule
  readonly tier: number
}

export interface Decided {
  /** Equal for equal columns. */
  readonly key: string
  /** Cost: see `columnOf`. */
  readonly column: () => Column
}

export class GroupDecider {
  readonly space: CellSpace
  readonly #group: Group
  readonly #where: { readonly direction: Direction; readonly version: IpVersion }
  readonly #rules: readonly PeerRule[]
  /** Of each tier, the rules that name nobody: they match every class, but for what they exclude. */
  readonly #general: MatchingRules
  readonly #excluding: readonly PeerRule[]
  /** Those that name somebody, by one criterion that has to hold. */
  readonly #byCriterion = new Map<string, PlacedRule[]>()
  /** Those whose ports depend on the peer. */
  readonly #naming: readonly PeerRule[]
  /** What their names mean anywhere. */
  readonly #meanings: readonly (readonly [PeerRule, PeerNames])[]
  readonly #meant: ReadonlySet<string>
  readonly #protocols: ReadonlySet<number>
  readonly #outcomes: Outcomes

  /** `peersOf`: the classes there are that meet one of a rule's criteria. Cost: O(rules), where none reads names of ports. */
  constructor(group: Group, peersOf: (rule: PeerRule) => Iterable<Peer>) {
    this.#group = group
    this.#outcomes = new Outcomes(group.stage)
    this.#where = { direction: group.stage.direction, version: group.version }
    this.#rules = group.tiers.flatMap(({ rules }) => rules)
    this.#general = group.tiers.map(({ rules }) => rules.filter((rule) => !namesItsPeers(rule)))
    this.#excluding = this.#general.flatMap((rules) => rules.filter(excludesPeers))
    this.#indexNaming()
    this.#naming = this.#rules.filter(readsPeerNames)
    this.#meanings = this.#naming.flatMap((rule) =>
      [noNames, ...[...peersOf(rule)].map((it) => peerNames(rule, it))].map(
        (names) => [rule, names] as const,
      ),
    )
    this.#meant = new Set(this.#meanings.flatMap(([rule, names]) => namesText(rule, names)))
    const named = this.#meanings.flatMap(([, names]) => portsIn(names))
    const read = this.#rules.flatMap((rule) => protocolsReadBy(rule, group.version))
    this.#protocols = new Set([...read, ...named.map(({ protocol }) => protocol)])
    this.space = this.#cellSpace()
  }

  /** For a class; without one, for those that meet no criterion of the group. Cost: O(rules that match). */
  decide(it: Peer | undefined): Decided {
    const naming: MatchingRules = it === undefined ? none : this.#namingOf(it)
    const excluded = new Set(
      it === undefined ? [] : this.#excluding.filter((rule) => !matchesPeers(rule.peer, it)),
    )
    const names = namesAt(this.#naming, it)
    return {
      key: JSON.stringify([naming.map(positions), positions([...excluded]), [...names]]),
      column: () => {
        const rules = this.#general.map((general, tier) => merge(general, naming[tier] ?? [], excluded))
        return this.#makeColumn(rules, names)
      },
    }
  }

  /** Do its names of ports mean what they mean for others too? Otherwise the group has to be decided anew. */
  covers(it: Peer): boolean {
    return this.#naming.every((rule) =>
      namesText(rule, peerNames(rule, it)).every((text) => this.#meant.has(text)),
    )
  }

  /** What the rules ask whose names of ports have to be covered. */
  get namingCriteria(): readonly Criterion[] {
    return this.#naming.flatMap(({ peer }) => criteriaOf(peer).all)
  }

  /** Equal for groups that are decided alike, beside their rules. */
  get meaningsText(): string {
    return [...this.#meant].sort().join('\n')
  }

  #indexNaming(): void {
    for (const [tier, { rules }] of this.#group.tiers.entries()) {
      for (const rule of rules) {
        const [first] = criteriaOf(rule.peer).positive
        if (first === undefined) continue
        const there = this.#byCriterion.get(first.key)
        if (there === undefined) this.#byCriterion.set(first.key, [{ rule, tier }])
        else there.push({ rule, tier })
      }
    }
  }

  /** The rules that name the class, by tier. */
  #namingOf(it: Peer): PeerRule[][] {
    const naming = this.#group.tiers.map((): PeerRule[] => [])
    for (const { key } of it.met) {
      for (const { rule, tier } of this.#byCriterion.get(key) ?? []) {
        if (matchesPeers(rule.peer, it)) naming[tier]?.push(rule)
      }
    }
    for (const rules of naming) rules.sort((one, other) => one.position - other.position)
    return naming
  }

  #makeColumn(rules: MatchingRules, names: ReadonlyMap<number, PeerNames>): Column {
    const area = (rule: PeerRule, protocol: ProtocolKey) =>
      areaOf(rule, protocol, names.get(rule.position) ?? noNames, this.#where)
    return columnOf(this.#group, rules, this.#protocols, this.space, area, this.#outcomes)
  }

  /** Ports suffice for nearly every policy. */
  #cellSpace(): CellSpace {
    const areas = [...this.#areas()]
    return areas.every(([, area]) => PortCells.fits(area)) ? new PortCells() : new BoxCells(areas)
  }

  /** Every area of every rule, with whatever its names can mean. */
  *#areas(): Iterable<readonly [ProtocolKey, Area]> {
    const naming = new Set(this.#naming)
    const plain = this.#rules.filter((rule) => !naming.has(rule)).map((rule) => [rule, noNames] as const)
    for (const [rule, names] of [...plain, ...this.#meanings]) {
      for (const protocol of protocolsOf(rule, this.#protocols)) {
        const area = areaOf(rule, protocol, names, this.#where)
        if (area !== undefined) yield [protocol, area]
      }
    }
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

function namesAt(rules: readonly PeerRule[], it: Peer | undefined): Map<number, PeerNames> {
  return new Map(it === undefined ? [] : rules.map((rule) => [rule.position, peerNames(rule, it)]))
}

function peerNames({ peer }: PeerRule, it: Peer): PeerNames {
  return {
    ports: peer.ports === undefined ? [] : it.namedPorts(peer.ports),
    notPorts: peer.notPorts === undefined ? [] : it.namedPorts(peer.notPorts),
    service: peer.inService === undefined ? [] : it.servicePorts(peer.inService),
  }
}

function portsIn({ ports, notPorts, service }: PeerNames): NamedPort[] {
  return [...ports, ...notPorts, ...service]
}

/** All of it together: where a rule has several lists, their areas are cut by each of them. */
function namesText({ position }: PeerRule, names: PeerNames): string[] {
  if (portsIn(names).length === 0) return []
  return [JSON.stringify([position, ...[names.ports, names.notPorts, names.service].map(portsText)])]
}

function portsText(ports: readonly NamedPort[]): string {
  const texts = ports.map(({ protocol, port }) => `${protocol} ${port}`)
  return [...new Set(texts)].sort().join()
}
