/**
 * How a packet's cell stands in the keys of a group's map: as protocol and destination port, or as the number of a box, which a map
 * finds by protocol and the first four bytes behind the IP header.
 */
import type { DataType, Expression, NftElement, NftSet, Register, SetContent } from '@margay/netlink/nftables'
import type { BoxCells } from '../decide/cells.ts'
import { Ids } from '../nft/ids.ts'
import * as bytes from './bytes.ts'
import { datumFrom } from './expressions.ts'

export class CellKeys {
  readonly types: readonly DataType[]
  /** Maps with other keys need other names. */
  readonly plural: 'ports' | 'boxes'
  readonly #boxes: BoxCells | undefined
  readonly #name: string
  readonly #ids = new Ids(1, 0xffff_ffff)
  readonly #elements = new Map<number, NftElement>()

  /** Without boxes, cells are ports. */
  constructor(name: string, boxes: BoxCells | undefined) {
    this.types = boxes === undefined ? ['inet_proto', 'inet_service'] : ['mark']
    this.plural = boxes === undefined ? 'ports' : 'boxes'
    this.#boxes = boxes
    this.#name = name
  }

  key(protocol: number, cell: number): Uint8Array {
    if (this.#boxes === undefined) return bytes.concat(bytes.octet(protocol), bytes.port(cell))
    return bytes.hostInt(this.#boxNumber(this.#boxes, protocol, cell))
  }

  /** To register `first` and on; ends the rule for packets that are in no cell, or have no such header. */
  load(first: Register, version: string): Expression[] {
    const protocol: Expression = { type: 'meta', key: 'l4proto', to: first }
    if (this.#boxes === undefined) return [protocol, transport(2, first + 1)]
    return [
      protocol,
      transport(0, first + 1),
      transport(2, first + 2),
      datumFrom(this.#set(version).name, first, first),
    ]
  }

  /** The registers that `load` filled from a map. */
  found(first: Register): Register[] {
    return this.#boxes === undefined ? [] : [first]
  }

  /** Complete after the last `key`. */
  sets(version: string): SetContent[] {
    return this.#elements.size === 0
      ? []
      : [{ set: this.#set(version), elements: [...this.#elements.values()] }]
  }

  /** Equal whenever the boxes are the same. */
  text(): string {
    return [...this.#elements.keys()].sort((left, right) => left - right).join(' ')
  }

  #set(version: string): NftSet {
    const key = ['inet_proto', 'inet_service', 'inet_service'] as const
    return { name: `${this.#name}-${version}-cells`, key, data: ['mark'], interval: true }
  }

  #boxNumber(boxes: BoxCells, protocol: number, cell: number): number {
    const { first, second } = boxes.box(protocol, cell)
    const id = this.#ids.id([protocol, first.min, first.max, second.min, second.max].join(' '))
    this.#elements.set(id, {
      key: bytes.concat(bytes.octet(protocol), bytes.port(first.min), bytes.port(second.min)),
      keyEnd: bytes.concat(bytes.octet(protocol), bytes.port(first.max), bytes.port(second.max)),
      data: bytes.hostInt(id),
    })
    return id
  }
}

function transport(offset: 0 | 2, to: Register): Expression {
  return { type: 'payload', base: 'transport', offset, length: 2, to }
}
