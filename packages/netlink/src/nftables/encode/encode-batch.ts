/** Changes ▶ the messages of one transaction, which the kernel commits as a whole or not at all. */
import { NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_REQUEST } from '../../message/constants.ts'
import { MessageWriter } from '../../message/message-writer.ts'
import { families } from '../codes.ts'
import {
  chainAttribute,
  elementListAttribute,
  flowtableAttribute,
  message,
  NFNL_BATCH_GENID,
  NFNL_MSG_BATCH_BEGIN,
  NFNL_MSG_BATCH_END,
  NFNL_SUBSYS_NFTABLES,
  objectAttribute,
  ruleAttribute,
  setAttribute,
  tableAttribute,
} from '../constants.ts'
import type { Change, NftElement, NftSet, Table } from '../model.ts'
import { writeElement } from './encode-elements.ts'
import {
  writeChain,
  writeHookedDevices,
  writeRule,
  writeRuleHandle,
  writeSet,
  writeTable,
} from './encode-object.ts'

export interface Batch {
  readonly bytes: Uint8Array
  /** The number of the first message; they count up from there. */
  readonly firstSequence: number
  readonly lastSequence: number
  /** The message for which an acknowledgement is asked, besides errors. */
  readonly acknowledged: number
  /** For each change, the number of its first message. */
  readonly sequences: readonly number[]
}

export interface BatchOptions {
  readonly firstSequence: number
  /** Of the rules that are there, for each chain whose rules are replaced. */
  readonly handlesOf?: (change: ReplaceRules) => readonly bigint[]
  /** The batch is refused (ERESTART) when the ruleset is no longer of this generation. */
  readonly generation?: number
}

/**
 * `writer` is cleared and used, and the batch is a view into it: a kept one spares the memory of each batch.
 *
 * @throws RangeError for what no message can say: a comment that is too long, a sixth field, a register beyond 15
 */
export function encodeBatch(
  changes: readonly Change[],
  options: BatchOptions,
  writer = new MessageWriter(),
): Batch {
  writer.clear()
  const batch = new BatchWriter(writer, options)
  batch.begin(options.generation)
  const sequences = changes.map((change) => {
    const sequence = batch.nextSequence
    batch.add(change)
    return sequence
  })
  return { ...batch.end(), firstSequence: options.firstSequence, sequences }
}

/** An attribute has at most 65,535 bytes; an element with all that it can have is shorter than the rest. */
const elementListBytes = 60_000

type ElementChange = Extract<Change, { readonly elements: unknown }>
export type ReplaceRules = Extract<Change, { readonly do: 'replace-rules' }>

class BatchWriter {
  readonly #writer: MessageWriter
  readonly #handlesOf: (change: ReplaceRules) => readonly bigint[]
  nextSequence: number
  #nextSetId = 1

  constructor(writer: MessageWriter, { firstSequence, handlesOf = () => [] }: BatchOptions) {
    this.#writer = writer
    this.#handlesOf = handlesOf
    this.nextSequence = firstSequence
  }

  begin(generation: number | undefined): void {
    this.#start(NFNL_MSG_BATCH_BEGIN, 0)
    this.#writer.raw(batchHeader)
    if (generation !== undefined) this.#writer.u32Be(NFNL_BATCH_GENID, generation)
    this.#writer.endMessage()
  }

  /** Errors come unasked; one acknowledgement, of the last change, is enough to know that the batch was committed. */
  end(): Pick<Batch, 'bytes' | 'lastSequence' | 'acknowledged'> {
    this.#writer.addMessageFlags(NLM_F_ACK)
    const acknowledged = this.nextSequence - 1
    this.#start(NFNL_MSG_BATCH_END, 0)
    this.#writer.raw(batchHeader)
    this.#writer.endMessage()
    return { bytes: this.#writer.bytes, lastSequence: this.nextSequence - 1, acknowledged }
  }

  add(change: Change): void {
    if ('elements' in change) this.#addElements(change)
    else if (change.do === 'replace-rules') this.#replaceRules(change)
    else {
      const { type, flags, write } = encodingOf(change, () => this.#nextSetId++)
      this.#message(change.table, type, flags, () => write(this.#writer))
    }
  }

  /** The new ones first. */
  #replaceRules(change: ReplaceRules): void {
    const { table, chain, rules } = change
    const { newRule, deleteRule } = message
    for (const rule of rules)
      this.#message(table, newRule, NLM_F_CREATE | NLM_F_APPEND, () =>
        writeRule(this.#writer, table, chain, rule),
      )
    for (const handle of this.#handlesOf(change))
      this.#message(table, deleteRule, 0, () => writeRuleHandle(this.#writer, table, chain, handle))
  }

  /** In as many messages as they need. No elements are no message: without a list, the kernel would empty the set. */
  #addElements(change: ElementChange): void {
    const isAdded = change.do === 'add-elements'
    const [type, flags] = isAdded ? [message.newElements, NLM_F_CREATE] : [message.deleteElements, 0]
    const elements = change.elements[Symbol.iterator]()
    for (let next = elements.next(); next.done !== true; )
      this.#message(change.table, type, flags, () => {
        nameElements(this.#writer, change.table, change.set.name)
        next = this.#writeElements(change.set, isAdded, next, elements)
      })
  }

  /** As many as fit, from `next` on; returns the first that did not. */
  #writeElements(
    set: NftSet,
    isAdded: boolean,
    first: IteratorResult<NftElement>,
    others: Iterator<NftElement>,
  ): IteratorResult<NftElement> {
    const writer = this.#writer
    const list = writer.startNested(elementListAttribute.elements)
    let next = first
    for (; next.done !== true && writer.length - list < elementListBytes; next = others.next())
      writeElement(writer, set, isAdded ? next.value : keysOf(next.value))
    writer.endNested(list)
    return next
  }

  #message(table: Table, type: number, flags: number, body: () => void): void {
    this.#start((NFNL_SUBSYS_NFTABLES << 8) | type, flags)
    this.#writer.raw(Uint8Array.of(families.codeOf(table.family), 0, 0, 0))
    body()
    this.#writer.endMessage()
  }

  #start(type: number, flags: number): void {
    this.#writer.startMessage(type, NLM_F_REQUEST | flags, this.nextSequence++)
  }
}

interface Encoding {
  readonly type: number
  readonly flags: number
  readonly write: (writer: MessageWriter) => void
}

function encodingOf(
  change: Exclude<Change, ElementChange | ReplaceRules>,
  takeSetId: () => number,
): Encoding {
  const { table } = change
  switch (change.do) {
    case 'add-table':
      return { type: message.newTable, flags: NLM_F_CREATE, write: (it) => writeTable(it, table) }
    case 'delete-table':
      return naming(message.deleteTable, [tableAttribute.name, table.name])
    case 'add-chain':
      return {
        type: message.newChain,
        flags: NLM_F_CREATE,
        write: (it) => writeChain(it, table, change.chain),
      }
    case 'delete-chain':
      return naming(
        message.deleteChain,
        [chainAttribute.table, table.name],
        [chainAttribute.name, change.chain],
      )
    case 'delete-devices':
      return {
        type: message.deleteChain,
        flags: 0,
        write: (it) => writeHookedDevices(it, table, change.chain, change.devices),
      }
    case 'flush-chain':
      return naming(
        message.deleteRule,
        [ruleAttribute.table, table.name],
        [ruleAttribute.chain, change.chain],
      )
    case 'add-rule':
      return {
        type: message.newRule,
        flags: NLM_F_CREATE | NLM_F_APPEND,
        write: (it) => writeRule(it, table, change.chain, change.rule),
      }
    case 'add-set':
      return {
        type: message.newSet,
        flags: NLM_F_CREATE,
        write: (it) => writeSet(it, table, change.set, takeSetId()),
      }
    case 'delete-set':
      return naming(message.deleteSet, [setAttribute.table, table.name], [setAttribute.name, change.set])
    case 'delete-object':
      return {
        type: message.deleteObject,
        flags: 0,
        write: (it) => nameObject(it, table, change.object),
      }
    case 'delete-flowtable':
      return naming(
        message.deleteFlowtable,
        [flowtableAttribute.table, table.name],
        [flowtableAttribute.name, change.flowtable],
      )
    case 'flush-set':
      return {
        type: message.deleteElements,
        flags: 0,
        write: (it) => nameElements(it, table, change.set),
      }
  }
}

/** A message that says no more than what it is about. */
function naming(type: number, ...names: readonly (readonly [attribute: number, name: string])[]): Encoding {
  return {
    type,
    flags: 0,
    write: (writer) => {
      for (const [attribute, name] of names) writer.string(attribute, name)
    },
  }
}

function nameObject(
  writer: MessageWriter,
  table: Table,
  { name, code }: { readonly name: string; readonly code: number },
): void {
  writer.string(objectAttribute.table, table.name)
  writer.string(objectAttribute.name, name)
  writer.u32Be(objectAttribute.type, code)
}

function nameElements(writer: MessageWriter, table: Table, set: string): void {
  writer.string(elementListAttribute.table, table.name)
  writer.string(elementListAttribute.set, set)
}

/** `struct nfgenmsg` of a batch: no family, version 0, and the subsystem in network order. */
const batchHeader = Uint8Array.of(0, 0, 0, NFNL_SUBSYS_NFTABLES)

/** Data need not be right to delete an element, nor be there. */
function keysOf({ key, keyEnd }: { key: Uint8Array | undefined; keyEnd?: Uint8Array }) {
  return keyEnd === undefined ? { key } : { key, keyEnd }
}
