/**
 * A map from CIDRs to values that also answers for single addresses: the longest prefix that holds it, or all of them.
 * Both versions live side by side and never match each other.
 */
import type { Cidr } from './cidr.ts'
import type { Ip, IpVersion } from './ip.ts'
import { type RadixEntry, RadixTree } from './radix-tree.ts'

export interface PrefixMatch<V> {
  readonly cidr: Cidr
  readonly value: V
}

export class PrefixTree<V> {
  readonly #ipv4 = new RadixTree<V>(1)
  readonly #ipv6 = new RadixTree<V>(4)

  /** How many CIDRs have a value. */
  get size(): number {
    return this.#ipv4.size + this.#ipv6.size
  }

  /** Gives this CIDR a value, in place of one that it has. */
  set(cidr: Cidr, value: V): void {
    this.#tree(cidr.version).set(wordsOf(cidr.version, cidr.base), cidr.prefixLength, value)
  }

  /** The value of exactly this CIDR. */
  get(cidr: Cidr): V | undefined {
    return this.#tree(cidr.version).get(wordsOf(cidr.version, cidr.base), cidr.prefixLength)?.value
  }

  /** True if it was there. */
  delete(cidr: Cidr): boolean {
    return this.#tree(cidr.version).delete(wordsOf(cidr.version, cidr.base), cidr.prefixLength)
  }

  /** The smallest CIDR that holds this address. */
  longestMatch(ip: Ip): PrefixMatch<V> | undefined {
    const entry = this.#tree(ip.version).longestMatch(wordsOf(ip.version, ip.value))
    return entry === undefined ? undefined : toMatch(ip.version, entry)
  }

  /** Every CIDR that holds this address, the shortest prefix first. */
  allMatches(ip: Ip): PrefixMatch<V>[] {
    const entries = this.#tree(ip.version).matches(wordsOf(ip.version, ip.value))
    return Array.from(entries, (entry) => toMatch(ip.version, entry))
  }

  /** The values of every CIDR that holds this address, the shortest prefix first: `allMatches` for who asks often. */
  valuesAt(ip: Ip): V[] {
    return this.#tree(ip.version).valuesAt(wordsOf(ip.version, ip.value))
  }

  /** Version 4 first, then by address, the larger before the smaller. The tree must not change meanwhile. */
  *entries(): Generator<PrefixMatch<V>> {
    for (const entry of this.#ipv4.entries()) yield toMatch(4, entry)
    for (const entry of this.#ipv6.entries()) yield toMatch(6, entry)
  }

  #tree(version: IpVersion): RadixTree<V> {
    return version === 4 ? this.#ipv4 : this.#ipv6
  }
}

function toMatch<V>(version: IpVersion, entry: RadixEntry<V>): PrefixMatch<V> {
  return {
    cidr: { version, base: numberOf(entry.key), prefixLength: entry.prefixLength },
    value: entry.value,
  }
}

function wordsOf(version: IpVersion, value: bigint): Uint32Array {
  if (version === 4) return Uint32Array.of(Number(value))
  const low = BigInt.asUintN(64, value)
  const high = value >> 64n
  return Uint32Array.of(lowWord(high >> 32n), lowWord(high), lowWord(low >> 32n), lowWord(low))
}

function lowWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value))
}

function numberOf(words: Uint32Array): bigint {
  return words.reduce((value, word) => (value << 32n) | BigInt(word), 0n)
}
