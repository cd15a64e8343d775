/**
 * Rules that have something in common, by their positions in a list. Of many, only those are looked at whose protocol, destination port
 * and ICMP type may be a flow's.
 */
import type { Flow } from '../../model/flow.ts'
import type { Rule } from '../../model/rule.ts'
import { portBits, portPrefixes } from './port-prefixes.ts'

/** So few are asked faster than found. */
const few = 8

export class RuleGroup {
  /** Ascending. */
  readonly positions: readonly number[]
  readonly #rules: readonly Rule[]
  #index: ServiceIndex | undefined

  /** `rules`: those of all positions. */
  constructor(positions: readonly number[], rules: readonly Rule[]) {
    this.positions = positions
    this.#rules = rules
  }

  /** Adds ascending lists that together have every rule of the group that matches the flow. */
  addCandidates(flow: Flow, lists: (readonly number[])[]): void {
    if (this.positions.length === 0) return
    if (this.positions.length <= few) {
      lists.push(this.positions)
      return
    }
    this.#index ??= new ServiceIndex(this.positions, this.#rules)
    this.#index.addCandidates(flow, lists)
  }
}

/** What a key's number means, beside lengths of port prefixes. */
const anyOfProtocol = portBits + 1
const icmpType = portBits + 2

class ServiceIndex {
  readonly #anyProtocol: number[] = []
  readonly #byKey = new Map<number, number[]>()
  readonly #lengths: readonly number[]

  constructor(positions: readonly number[], rules: readonly Rule[]) {
    const lengths = new Set<number>()
    for (const position of positions) {
      const rule = rules[position]
      if (rule !== undefined) this.#enter(rule, position, lengths)
    }
    this.#lengths = [...lengths]
  }

  addCandidates({ protocol, destinationPort, icmp }: Flow, lists: (readonly number[])[]): void {
    if (this.#anyProtocol.length > 0) lists.push(this.#anyProtocol)
    this.#addAt(keyOf(protocol, anyOfProtocol, 0), lists)
    if (icmp !== undefined) this.#addAt(keyOf(protocol, icmpType, icmp.type), lists)
    if (destinationPort === undefined) return
    for (const length of this.#lengths) {
      this.#addAt(keyOf(protocol, length, destinationPort >>> (portBits - length)), lists)
    }
  }

  #addAt(key: number, lists: (readonly number[])[]): void {
    const list = this.#byKey.get(key)
    if (list !== undefined) lists.push(list)
  }

  /** A named port may be any number, and at other times another one. */
  #enter({ protocol, icmp, destination: { ports } }: Rule, position: number, lengths: Set<number>): void {
    if (protocol === undefined) this.#anyProtocol.push(position)
    else if (icmp?.type !== undefined) this.#file(keyOf(protocol, icmpType, icmp.type), position)
    else if (ports === undefined || ports.named !== undefined)
      this.#file(keyOf(protocol, anyOfProtocol, 0), position)
    else {
      for (const { length, prefix } of ports.ranges.flatMap(portPrefixes)) {
        lengths.add(length)
        this.#file(keyOf(protocol, length, prefix), position)
      }
    }
  }

  /** Ranges of one rule may overlap. */
  #file(key: number, position: number): void {
    const list = this.#byKey.get(key)
    if (list === undefined) this.#byKey.set(key, [position])
    else if (list.at(-1) !== position) list.push(position)
  }
}

/** The same for the same three; different for any that occur: protocols have 8 bits, numbers 16. */
function keyOf(protocol: number, meaning: number, number: number): number {
  return (protocol << 21) | (meaning << 16) | number
}
