/** What the peers of rules ask of an address: the criteria that can tell two addresses apart. */
import { type Cidr, formatCidr, mergeCidrs } from '@margay/netset'
import type { Selector } from '@margay/resources'
import type { PeerMatch } from '../model/rule.ts'
import type { AddressSet } from '../state/address-set.ts'

export class Criteria {
  readonly sets = new Map<string, AddressSet>()
  /** Lists of prefixes by their canonical text. */
  readonly netLists = new Map<string, readonly Cidr[]>()
  /** Labels that decide whether a selector matches. */
  readonly labels = new Set<string>()
  readonly portNames = new Set<string>()

  constructor(peers: Iterable<PeerMatch>) {
    for (const peer of peers) this.#take(peer)
  }

  #take(peer: PeerMatch): void {
    for (const set of [peer.inSet, peer.notInSet]) if (set !== undefined) this.#takeSet(set)
    for (const nets of [peer.nets, peer.notNets]) {
      if (nets !== undefined) this.netLists.set(netListKey(nets), nets)
    }
    for (const ports of [peer.ports, peer.notPorts]) {
      if (ports === undefined || ports.names.length === 0) continue
      for (const name of ports.names) this.portNames.add(name)
      if (ports.namesWithin !== undefined) this.#takeLabels(ports.namesWithin)
    }
  }

  #takeSet(set: AddressSet): void {
    if (this.sets.has(set.id)) return
    this.sets.set(set.id, set)
    this.#takeLabels(set)
  }

  #takeLabels(set: AddressSet): void {
    for (const label of labelsReadBy(set.selector)) this.labels.add(label)
  }
}

const keyByList = new WeakMap<readonly Cidr[], string>()

/** Equal for lists of the same addresses. */
export function netListKey(nets: readonly Cidr[]): string {
  const known = keyByList.get(nets)
  if (known !== undefined) return known
  const key = mergeCidrs(nets).map(formatCidr).join(' ')
  keyByList.set(nets, key)
  return key
}

/** The labels that decide whether a selector matches. */
function labelsReadBy(selector: Selector): string[] {
  switch (selector.kind) {
    case 'All':
    case 'Global':
      return []
    case 'Not':
      return labelsReadBy(selector.operand)
    case 'And':
    case 'Or':
      return selector.operands.flatMap(labelsReadBy)
    default:
      return [selector.label]
  }
}
