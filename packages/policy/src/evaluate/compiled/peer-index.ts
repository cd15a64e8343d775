/** Rules by what they say of one side of a flow: the address set that holds it, a net that it is in, the service that it is of, or its names. */
import { type Cidr, formatCidr, hostCidr, type Ip } from '@margay/netset'
import { DomainIndex, type DomainPattern } from '@margay/resources'
import type { FlowPeer } from '../../model/flow.ts'
import type { PeerMatch, Rule } from '../../model/rule.ts'
import type { AddressSet } from '../../state/address-set.ts'
import { AddressTable } from '../../state/address-table.ts'
import type { DomainSet } from '../../state/domain-set.ts'
import type { ServiceSet } from '../../state/service-set.ts'
import { RuleGroup } from './rule-group.ts'
import { SetIndex } from './set-index.ts'

/** One criterion of a side that leaves much out. */
type Narrowing = AddressSet | ServiceSet | DomainSet | readonly Cidr[]

/** Undefined where no criterion leaves much out: the rule must be found in another way. */
function narrowingOf({ inSet, inDomains, nets, inService }: PeerMatch): Narrowing | undefined {
  if (inDomains !== undefined) return inDomains
  if (inSet !== undefined && inSet.selector.kind !== 'All') return inSet
  if (nets?.every(({ prefixLength }) => prefixLength > 0)) return nets
  return inService
}

/** Rules under what narrows them, while they are collected. */
export class PeerPositions {
  readonly bySet = new Map<AddressSet, number[]>()
  readonly byService = new Map<ServiceSet, number[]>()
  readonly byNet = new Map<string, { readonly net: Cidr; readonly positions: number[] }>()
  /** By the text of a pattern. */
  readonly byDomain = new Map<string, { readonly pattern: DomainPattern; readonly positions: number[] }>()

  /** Positions must come in ascending order. */
  add(peer: PeerMatch, position: number): boolean {
    const narrowing = narrowingOf(peer)
    if (narrowing === undefined) return false
    if (narrowing === peer.inSet) file(this.bySet, peer.inSet, position)
    else if (narrowing === peer.inService) file(this.byService, peer.inService, position)
    for (const net of narrowing === peer.nets ? peer.nets : []) this.#addNet(net, position)
    for (const it of peer.inDomains?.patterns ?? []) this.#addDomain(it, position)
    return true
  }

  #addDomain(pattern: DomainPattern, position: number): void {
    const known = this.byDomain.get(pattern.text)
    if (known === undefined) this.byDomain.set(pattern.text, { pattern, positions: [position] })
    else known.positions.push(position)
  }

  #addNet(net: Cidr, position: number): void {
    const key = formatCidr(net)
    const known = this.byNet.get(key)
    if (known === undefined) this.byNet.set(key, { net, positions: [position] })
    else if (known.positions.at(-1) !== position) known.positions.push(position)
  }
}

function file<K>(positionsOf: Map<K, number[]>, key: K, position: number): void {
  const known = positionsOf.get(key)
  if (known === undefined) positionsOf.set(key, [position])
  else known.push(position)
}

export class PeerIndex {
  readonly #sets: SetIndex | undefined
  /** Any of them: all sets of a state choose from the same. */
  readonly #anySet: AddressSet | undefined
  readonly #nets = new AddressTable<RuleGroup[]>()
  readonly #domains = new DomainIndex()
  readonly #byDomain = new Map<string, RuleGroup>()

  constructor({ bySet, byService, byNet, byDomain }: PeerPositions, rules: readonly Rule[]) {
    const [anySet] = bySet.keys()
    this.#anySet = anySet
    this.#sets = anySet === undefined ? undefined : new SetIndex(bySet, rules)
    for (const { net, positions } of byNet.values()) this.#enter(net, new RuleGroup(positions, rules))
    for (const [service, positions] of byService) {
      const group = new RuleGroup(positions, rules)
      for (const address of service.addresses) this.#enter(hostCidr(address), group)
    }
    for (const { pattern, positions } of byDomain.values()) {
      this.#domains.add(pattern)
      this.#byDomain.set(pattern.text, new RuleGroup(positions, rules))
    }
  }

  /** Adds those whose rules may match this side; together they have all that do. */
  addGroups(peer: FlowPeer, groups: Set<RuleGroup>): void {
    const { endpoint, address, names = [] } = peer
    if (endpoint !== undefined) this.#addSelecting(endpoint.labels, groups)
    if (address === undefined) return
    this.#addHolding(address, groups)
    for (const found of this.#nets.at(address)) for (const group of found) groups.add(group)
    if (names.length > 0) this.#addNamed(peer, names, groups)
  }

  #addNamed(peer: FlowPeer, names: readonly string[], groups: Set<RuleGroup>): void {
    for (const labels of this.#anySet?.labelsNaming(peer) ?? []) this.#addSelecting(labels, groups)
    for (const { text } of names.flatMap((name) => this.#domains.matching(name))) {
      const group = this.#byDomain.get(text)
      if (group !== undefined) groups.add(group)
    }
  }

  #addHolding(address: Ip, groups: Set<RuleGroup>): void {
    if (this.#anySet === undefined) return
    for (const labels of this.#anySet.labelsAt(address)) this.#addSelecting(labels, groups)
  }

  #addSelecting(labels: ReadonlyMap<string, string>, groups: Set<RuleGroup>): void {
    if (this.#sets === undefined) return
    for (const group of this.#sets.selecting(labels)) groups.add(group)
  }

  #enter(net: Cidr, group: RuleGroup): void {
    const known = this.#nets.get(net)
    if (known === undefined) this.#nets.set(net, [group])
    else known.push(group)
  }
}
