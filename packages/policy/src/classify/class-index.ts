/** Which classes meet a criterion, without asking each class: by the labels that a selector requires. */
import type { Cidr } from '@margay/netset'
import type { Selector } from '@margay/resources'
import type { PeerMatch, PortMatch } from '../model/rule.ts'
import type { AddressSet } from '../state/address-set.ts'
import { type AddressClass, classIsIn, classMatches, namedPortsAt } from './address-class.ts'
import type { AddressClasses } from './address-classes.ts'
import { netListKey } from './criteria.ts'

export class ClassIndex {
  readonly #all: readonly AddressClass[]
  readonly #byLabel = new Map<string, AddressClass[]>()
  readonly #inSet = new Map<string, readonly AddressClass[]>()
  readonly #byNetList = new Map<string, AddressClass[]>()

  constructor({ all }: AddressClasses) {
    this.#all = [...all.values()]
    for (const it of this.#all) {
      for (const key of it.netLists) enter(this.#byNetList, key, it)
      for (const labels of it.identities) {
        for (const [name, value] of labels) enter(this.#byLabel, labelKey(name, value), it)
      }
    }
  }

  /** Classes for which some criterion of the peer holds, be it a negated one: for all others the rule reads the same. */
  touchedBy(peer: PeerMatch): readonly AddressClass[] {
    return [
      ...[peer.inSet, peer.notInSet].flatMap((set) => (set === undefined ? [] : this.in(set))),
      ...[peer.nets, peer.notNets].flatMap((nets) => (nets === undefined ? [] : this.inNets(nets))),
      ...[peer.ports, peer.notPorts].flatMap((ports) => (ports === undefined ? [] : this.#naming(ports))),
    ]
  }

  /** Classes whose addresses meet all criteria of a peer that has a positive one. */
  matching(peer: PeerMatch): readonly AddressClass[] {
    const candidates = peer.inSet !== undefined ? this.in(peer.inSet) : this.inNets(peer.nets ?? [])
    return candidates.filter((it) => classMatches(peer, it))
  }

  in(set: AddressSet): readonly AddressClass[] {
    const known = this.#inSet.get(set.id)
    if (known !== undefined) return known
    const candidates = new Set(this.#candidates(set.selector) ?? this.#all)
    const found = [...candidates].filter((it) => classIsIn(set, it))
    this.#inSet.set(set.id, found)
    return found
  }

  inNets(nets: readonly Cidr[]): readonly AddressClass[] {
    return this.#byNetList.get(netListKey(nets)) ?? []
  }

  #naming(ports: PortMatch): readonly AddressClass[] {
    if (ports.names.length === 0) return []
    return this.#all.filter((it) => namedPortsAt(ports, it).length > 0)
  }

  /** A superset of what the selector matches; undefined when no label value is required. */
  #candidates(selector: Selector): readonly AddressClass[] | undefined {
    switch (selector.kind) {
      case 'Equals':
        return this.#byLabel.get(labelKey(selector.label, selector.value)) ?? []
      case 'In':
        return selector.values.flatMap((value) => this.#byLabel.get(labelKey(selector.label, value)) ?? [])
      case 'And':
        return smallest(selector.operands.map((operand) => this.#candidates(operand)))
      case 'Or': {
        const each = selector.operands.map((operand) => this.#candidates(operand))
        return each.every((list) => list !== undefined) ? each.flat() : undefined
      }
      default:
        return undefined
    }
  }
}

function enter(index: Map<string, AddressClass[]>, key: string, it: AddressClass): void {
  const there = index.get(key)
  if (there === undefined) index.set(key, [it])
  else there.push(it)
}

function labelKey(name: string, value: string): string {
  return `${name}\0${value}`
}

function smallest<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  return lists
    .filter((list) => list !== undefined)
    .reduce<readonly T[] | undefined>(
      (least, list) => (least === undefined || list.length < least.length ? list : least),
      undefined,
    )
}
