/**
 * A group's decision ▶ its verdict map, and the chain that looks verdicts up in it.
 *
 * The chain asks, in this order, and the first answer counts: the fine class of the peer, its wide class, then any class; and for
 * each, the packet's cell, then its protocol, then whatever it is. Rules that could find nothing are left out: for most groups
 * an allowed packet costs two look-ups.
 */
import type {
  ChainContent,
  Expression,
  NftElement,
  NftRule,
  NftSet,
  Register,
  SetContent,
} from '@margay/netlink/nftables'
import { BoxCells } from '../decide/cells.ts'
import type { Column } from '../decide/column.ts'
import type { GroupDecision } from '../decide/decide-group.ts'
import type { Group } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import { Ids } from '../nft/ids.ts'
import { anyClass, type ClassNumbers } from './address-maps.ts'
import * as bytes from './bytes.ts'
import { datumFrom, goTo, goToVerdict, rule, verdictFrom } from './expressions.ts'
import { type ClassSource, classSources, loadClass, peerSide, registerOf, sourceOf } from './load-class.ts'

export interface GroupTable {
  readonly chain: ChainContent
  readonly sets: readonly SetContent[]
}

export interface GroupContext {
  readonly name: string
  readonly numbers: ClassNumbers
  /** The chain that does what an outcome says, and counts it. */
  readonly terminal: (outcome: Outcome) => string
}

type Source = ClassSource | 'Any'
type Level = 'Cell' | 'Protocol' | 'Others'

export function groupTable(group: Group, decision: GroupDecision, context: GroupContext): GroupTable {
  return new GroupEmitter(group, decision, context).emit()
}

/** Stands for all protocols that have no rows of their own. IANA reserves it. */
const otherProtocols = 255

class GroupEmitter {
  readonly #group: Group
  readonly #decision: GroupDecision
  readonly #context: GroupContext
  readonly #verdicts: NftSet
  readonly #boxes: BoxMap | undefined
  readonly #elements: NftElement[] = []
  readonly #present = new Set<`${Source} ${Level}`>()

  constructor(group: Group, decision: GroupDecision, context: GroupContext) {
    const { name } = context
    this.#group = group
    this.#decision = decision
    this.#context = context
    this.#boxes = decision.space instanceof BoxCells ? new BoxMap(`${name}-cells`, decision.space) : undefined
    this.#verdicts =
      this.#boxes === undefined
        ? { name: `${name}-ports`, key: ['integer', 'inet_proto', 'inet_service'], data: 'verdict' }
        : { name: `${name}-boxes`, key: ['integer', 'integer'], data: 'verdict' }
  }

  emit(): GroupTable {
    const { columns, elsewhere } = this.#decision
    for (const [it, column] of columns) {
      const number = this.#context.numbers.of(this.#group.version, it)
      this.#addColumn(sourceOf(it), number, column)
    }
    this.#addParts('Any', anyClass, elsewhere)
    const end = rule(goTo(this.#context.terminal(elsewhere.others)))
    const verdicts = { set: this.#verdicts, elements: this.#elements }
    return {
      chain: { chain: { name: this.#context.name }, rules: [...this.#lookUps(), end] },
      sets: this.#present.size === 0 ? [] : [...(this.#boxes?.content() ?? []), verdicts],
    }
  }

  /** All that can happen to the class, so that no other rows are asked for it. */
  #addColumn(source: Source, number: number, column: Column): void {
    this.#add(source, 'Others', this.#key(number, otherProtocols, undefined), column.others)
    this.#addParts(source, number, column)
  }

  #addParts(source: Source, number: number, { others, protocols }: Column): void {
    for (const [protocol, { rest, cells }] of protocols) {
      if (rest.key !== others.key) this.#add(source, 'Protocol', this.#key(number, protocol, undefined), rest)
      for (const [cell, outcome] of cells)
        this.#add(source, 'Cell', this.#key(number, protocol, cell), outcome)
    }
  }

  #add(source: Source, level: Level, key: Uint8Array, outcome: Outcome): void {
    this.#present.add(`${source} ${level}`)
    this.#elements.push({ key, data: goToVerdict(this.#context.terminal(outcome)) })
  }

  /** Without a cell: the row for the rest of the protocol. */
  #key(number: number, protocol: number, cell: number | undefined): Uint8Array {
    const own = bytes.hostInt(number)
    if (this.#boxes === undefined) return bytes.concat(own, bytes.octet(protocol), bytes.port(cell ?? 0))
    return bytes.concat(own, cell === undefined ? bytes.octet(protocol) : this.#boxes.number(protocol, cell))
  }

  #lookUps(): NftRule[] {
    const sources: readonly Source[] = [...classSources, 'Any']
    const levels: readonly Level[] = ['Cell', 'Protocol', 'Others']
    return sources.flatMap((source) =>
      levels
        .filter((level) => this.#present.has(`${source} ${level}`))
        .map((level) => this.#lookUp(source, level)),
    )
  }

  /** The class stands in the first register of the key, and what tells the packet in those behind it. */
  #lookUp(source: Source, level: Level): NftRule {
    const { version, stage } = this.#group
    const first = source === 'Any' ? 0 : registerOf(source)
    const load: Expression[] =
      source === 'Any'
        ? [{ type: 'immediate', to: 0, value: bytes.hostInt(anyClass) }]
        : loadClass(source, version, peerSide(stage.direction))
    return rule(load, this.#loadCell(level, first + 1), verdictFrom(this.#verdicts.name, first))
  }

  #loadCell(level: Level, to: Register): Expression[] {
    const padding: Expression[] =
      this.#boxes === undefined ? [{ type: 'immediate', to: to + 1, value: bytes.port(0) }] : []
    switch (level) {
      case 'Others':
        return [{ type: 'immediate', to, value: bytes.octet(otherProtocols) }, ...padding]
      case 'Protocol':
        return [{ type: 'meta', key: 'l4proto', to }, ...padding]
      case 'Cell':
        return this.#boxes === undefined
          ? [
              { type: 'meta', key: 'l4proto', to },
              { type: 'payload', base: 'transport', offset: 2, length: 2, to: to + 1 },
            ]
          : this.#boxes.load(to)
    }
  }
}

/** Protocol and the first four bytes behind the IP header ▶ number of the cell. */
class BoxMap {
  readonly #set: NftSet
  readonly #cells: BoxCells
  readonly #ids = new Ids(1, 0xff_ffff)
  readonly #elements = new Map<number, NftElement>()

  constructor(name: string, cells: BoxCells) {
    this.#set = {
      name,
      key: ['inet_proto', 'inet_service', 'inet_service'],
      data: ['integer'],
      interval: true,
    }
    this.#cells = cells
  }

  /** In bytes, never equal to a protocol's. */
  number(protocol: number, cell: number): Uint8Array {
    const { first, second } = this.#cells.box(protocol, cell)
    const id = this.#ids.id([protocol, first.min, first.max, second.min, second.max].join(' '))
    const data = bigEndian(id)
    this.#elements.set(id, {
      key: bytes.concat(bytes.octet(protocol), bytes.port(first.min), bytes.port(second.min)),
      keyEnd: bytes.concat(bytes.octet(protocol), bytes.port(first.max), bytes.port(second.max)),
      data,
    })
    return data
  }

  load(to: Register): Expression[] {
    return [
      { type: 'meta', key: 'l4proto', to },
      { type: 'payload', base: 'transport', offset: 0, length: 2, to: to + 1 },
      { type: 'payload', base: 'transport', offset: 2, length: 2, to: to + 2 },
      datumFrom(this.#set.name, to, to),
    ]
  }

  content(): SetContent[] {
    return this.#elements.size === 0 ? [] : [{ set: this.#set, elements: [...this.#elements.values()] }]
  }
}

/** The first byte is zero, and the others are not all: a protocol's key is the other way round. */
function bigEndian(id: number): Uint8Array {
  return Uint8Array.of(0, id >>> 16, (id >>> 8) & 0xff, id & 0xff)
}
