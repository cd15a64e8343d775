/**
 * A map from CIDRs to values that is asked for addresses. Those of a single address are hashed, and only real prefixes are in a tree: in a
 * large one a walk down to a leaf is some twenty reads of memory that no cache holds.
 */
import { type Cidr, type Ip, PrefixTree } from '@margay/netset'

export class AddressTable<V> {
  readonly #hosts = new Map<number | bigint, V>()
  readonly #prefixes = new PrefixTree<V>()

  get(net: Cidr): V | undefined {
    return isHost(net) ? this.#hosts.get(keyOf(net.version, net.base)) : this.#prefixes.get(net)
  }

  /** In place of what it has. */
  set(net: Cidr, value: V): void {
    if (isHost(net)) this.#hosts.set(keyOf(net.version, net.base), value)
    else this.#prefixes.set(net, value)
  }

  delete(net: Cidr): void {
    if (isHost(net)) this.#hosts.delete(keyOf(net.version, net.base))
    else this.#prefixes.delete(net)
  }

  /** Of all CIDRs that hold this address. */
  at(address: Ip): V[] {
    const values = this.#prefixes.size === 0 ? [] : this.#prefixes.valuesAt(address)
    const host = this.#hosts.get(keyOf(address.version, address.value))
    if (host !== undefined) values.push(host)
    return values
  }
}

function isHost({ version, prefixLength }: Cidr): boolean {
  return prefixLength === (version === 4 ? 32 : 128)
}

/** A number is found faster, and never equal to one of IPv6. */
function keyOf(version: Ip['version'], value: bigint): number | bigint {
  return version === 4 ? Number(value) : value
}
