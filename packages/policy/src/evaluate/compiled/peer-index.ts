/** Rules by what they say of one side of a flow: the address set that holds it, a net that it is in, or the service that it is of. */
import { type Cidr, formatCidr, hostCidr, type Ip } from '@margay/netset'
import type { FlowPeer } from '../../model/flow.ts'
import type { PeerMatch, Rule } from '../../model/rule.ts'
import type { AddressSet } from '../../state/address-set.ts'
import { AddressTable } from '../../state/address-table.ts'
import type { ServiceSet } from '../../state/service-set.ts'
import { RuleGroup } from './rule-group.ts'
import { SetIndex } from './set-index.ts'

/** One criterion of a side that leaves much out. */
type Narrowing = AddressSet | ServiceSet | readonly Cidr[]

/** Undefined where no criterion leaves much out: the rule must be found in another way. */
function narrowingOf({ inSet, nets, inService }: PeerMatch): Narrowing | undefined {
  if (inSet !== undefined && inSet.selector.kind !== 'All') return inSet
  if (nets?.every(({ prefixLength }) => prefixLength > 0)) return nets
  return inService
}

/** Rules under what narrows them, while they are collected. */
export class PeerPositions {
  readonly bySet = new Map<AddressSet, number[]>()
  readonly byService = new Map<ServiceSet, number[]>()
  readonly byNet = new Map<string, { readonly net: Cidr; readonly positions: number[] }>()

  /** Positions must come in ascending order. */
  add(peer: PeerMatch, position: number): boolean {
    const narrowing = narrowingOf(peer)
    if (narrowing === undefined) return false
    if (narrowing === peer.inSet) file(this.bySet, peer.inSet, position)
    else if (narrowing === peer.inService) file(this.byService, peer.inService, position)
    for (const net of narrowing === peer.nets ? peer.nets : []) this.#addNet(net, position)
    return true
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

  constructor({ bySet, byService, byNet }: PeerPositions, rules: readonly Rule[]) {
    const [anySet] = bySet.keys()
    this.#anySet = anySet
    this.#sets = anySet === undefined ? undefined : new SetIndex(bySet, rules)
    for (const { net, positions } of byNet.values()) this.#enter(net, new RuleGroup(positions, rules))
    for (const [service, positions] of byService) {
      const group = new RuleGroup(positions, rules)
      for (const address of service.addresses) this.#enter(hostCidr(address), group)
    }
  }

  /** Adds those whose rules may match this side; together they have all that do. */
  addGroups({ endpoint, address }: FlowPeer, groups: Set<RuleGroup>): void {
    if (endpoint !== undefined) this.#addSelecting(endpoint.labels, groups)
    if (address === undefined) return
    this.#addHolding(address, groups)
    for (const found of this.#nets.at(address)) for (const group of found) groups.add(group)
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
