/** The ruleset of one network namespace: batches of changes, what is there, and what others change. */
import { NetlinkError } from '../errors.ts'
import { NETLINK_NETFILTER } from '../message/constants.ts'
import { MessageWriter } from '../message/message-writer.ts'
import type { NetlinkMessage } from '../message/messages.ts'
import { NetlinkSocket } from '../socket/netlink-socket.ts'
import { families } from './codes.ts'
import {
  elementListAttribute,
  flowtableAttribute,
  message,
  NFNL_SUBSYS_NFTABLES,
  objectAttribute,
  ruleAttribute,
  setAttribute,
  tableAttribute,
} from './constants.ts'
import { readElements } from './decode/decode-elements.ts'
import { readGeneration } from './decode/decode-event.ts'
import { readFlowtable, readNamedObject } from './decode/decode-named.ts'
import {
  type ReadTable,
  readChain,
  readRule,
  readRuleHandle,
  readSet,
  readTable,
} from './decode/decode-object.ts'
import { type BatchOptions, encodeBatch, type ReplaceRules } from './encode/encode-batch.ts'
import type {
  ChainContent,
  Change,
  Flowtable,
  NamedObject,
  NftRule,
  SetContent,
  Table,
  TableContent,
} from './model.ts'
import { NftablesError } from './nftables-error.ts'
import { errorOf } from './refusal.ts'
import { type ForeignChange, type Watch, watchForeignChanges } from './watch.ts'

export interface NftablesOptions {
  /** A name as `ip netns` knows it, or a path such as `/proc/1/ns/net`. Without it: where the thread is. */
  readonly netns?: string
}

export interface CommitOptions {
  /** Refuses the batch (ERESTART) when the ruleset is no longer of this generation: see `generation`. */
  readonly generation?: number
}

/** A read that others' changes interrupted is begun anew this often. */
const readAttempts = 50

export class Nftables {
  readonly #socket: NetlinkSocket
  readonly #netns: string | undefined
  readonly #writer = new MessageWriter()

  private constructor(socket: NetlinkSocket, netns: string | undefined) {
    this.#socket = socket
    this.#netns = netns
  }

  /** Keep it for long: closing takes 16 ms after deletions. @throws SyscallError */
  static open({ netns }: NftablesOptions = {}): Nftables {
    const socket = NetlinkSocket.open(NETLINK_NETFILTER, netns === undefined ? {} : { netns })
    return new Nftables(socket, netns)
  }

  /**
   * Makes all changes in one transaction, or none. Packets see the rules of before or those of after.
   *
   * @throws NftablesError which change was refused, and why
   * @throws RangeError for what can't be encoded; nothing was sent
   */
  commit(changes: readonly Change[], options: CommitOptions = {}): void {
    if (changes.length === 0) return
    const replaced = changes.filter((change) => change.do === 'replace-rules')
    if (replaced.length === 0) this.#commit(changes, options)
    else this.#commitReplaced(changes, replaced, options)
  }

  /** The rules that are there must still be those when the batch comes. */
  #commitReplaced(
    changes: readonly Change[],
    replaced: readonly ReplaceRules[],
    options: CommitOptions,
  ): void {
    for (let attempt = 1; ; attempt++) {
      const generation = options.generation ?? this.generation()
      const handles = new Map(replaced.map((change) => [change, this.#readHandles(change)]))
      try {
        this.#commit(changes, { generation, handlesOf: (change) => handles.get(change) ?? [] })
        return
      } catch (error) {
        const isOutdated = error instanceof NftablesError && error.errno === 'ERESTART'
        if (!isOutdated || options.generation !== undefined || attempt === readAttempts) throw error
      }
    }
  }

  #commit(changes: readonly Change[], options: Omit<BatchOptions, 'firstSequence'>): void {
    const firstSequence = this.#socket.takeSequence()
    const batch = encodeBatch(changes, { ...options, firstSequence }, this.#writer)
    this.#socket.takeSequence(batch.lastSequence - batch.firstSequence)
    this.#socket.send(batch.bytes)
    const answers = this.#socket.receiveAnswers(batch.firstSequence, batch.lastSequence)
    const error = errorOf(changes, batch, answers)
    this.#writer.clear()
    if (error !== undefined) throw error
  }

  /** All of one table, with counters, as it was at one moment; undefined when there is none. @throws NetlinkError */
  read(table: Table): TableContent | undefined {
    for (let attempt = 1; attempt <= readAttempts; attempt++) {
      const before = this.generation()
      const content = this.#tryRead(table)
      if (content !== 'interrupted' && this.generation() === before) return content
    }
    throw new NetlinkError(`nftables: table ${table.name} changed while it was read`, 'EINTR')
  }

  /** A number that changes with each transaction of anybody. */
  generation(): number {
    const [answer] = this.#socket.request({
      what: 'nftables: read the generation',
      type: typeOf(message.getGeneration),
      body: (writer) => writer.raw(header(0)),
    })
    if (answer === undefined) throw new NetlinkError('nftables: read the generation', 'ENODATA')
    return readGeneration(answer).generation
  }

  /** Tells of each transaction that is not this object's own, from now on. @throws SyscallError */
  watch(onChange: (change: ForeignChange) => void): Watch {
    return watchForeignChanges(this.#socket.port, this.#netns, onChange)
  }

  close(): void {
    this.#socket.close()
  }

  #tryRead(table: Table): TableContent | undefined | 'interrupted' {
    const found = this.#readTable(table)
    if (found === undefined) return undefined
    try {
      const [objects, flowtables] = [this.#readObjects(table), this.#readFlowtables(table)]
      return {
        table,
        chains: this.#readChains(table),
        sets: this.#readSets(table),
        ...(objects.length === 0 ? {} : { objects }),
        ...(flowtables.length === 0 ? {} : { flowtables }),
        ...(found.isDormant ? { isDormant: true } : {}),
      }
    } catch (error) {
      // A set that was listed a moment ago may be gone when its elements are asked for.
      if (error instanceof NetlinkError && error.errno === 'ENOENT') return 'interrupted'
      throw error
    }
  }

  #readTable(table: Table): ReadTable | undefined {
    try {
      const [answer] = this.#socket.request({
        what: `nftables: read table ${table.name}`,
        type: typeOf(message.getTable),
        body: (writer) => {
          writer.raw(header(families.codeOf(table.family)))
          writer.string(tableAttribute.name, table.name)
        },
      })
      return answer === undefined ? undefined : readTable(answer)
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === 'ENOENT') return undefined
      throw error
    }
  }

  #readChains(table: Table): ReadonlyMap<string, ChainContent> {
    const rules = this.#readRules(table)
    const chains = this.#dump(table, message.getChain)
      .map((it) => readChain(it, table.family))
      .filter((it) => it.table === table.name)
    return new Map(chains.map(({ chain }) => [chain.name, { chain, rules: rules.get(chain.name) ?? [] }]))
  }

  #readRules(table: Table): ReadonlyMap<string, NftRule[]> {
    const named = this.#dump(table, message.getRule, [ruleAttribute.table, table.name])
    const rules = named.map(readRule).filter((it) => it.table === table.name)
    return new Map(
      [...Map.groupBy(rules, ({ chain }) => chain)].map(([chain, all]) => [
        chain,
        all.map(({ rule }) => rule),
      ]),
    )
  }

  /** Of the rules of one chain; none where there is no such chain: then the batch is refused, and says so. */
  #readHandles({ table, chain }: ReplaceRules): readonly bigint[] {
    const names = [
      [ruleAttribute.table, table.name],
      [ruleAttribute.chain, chain],
    ] as const
    return this.#dump(table, message.getRule, ...names)
      .map(readRuleHandle)
      .filter((it) => it.table === table.name && it.chain === chain)
      .map(({ handle }) => handle)
  }

  #readSets(table: Table): ReadonlyMap<string, SetContent> {
    const found = this.#dump(table, message.getSet, [setAttribute.table, table.name]).map(readSet)
    const sets = found.flatMap((it) => (it?.table === table.name ? [it.set] : []))
    return new Map(sets.map((set) => [set.name, { set, elements: this.#readElements(table, set) }]))
  }

  #readObjects(table: Table): NamedObject[] {
    return this.#dump(table, message.getObject, [objectAttribute.table, table.name])
      .map(readNamedObject)
      .flatMap((it) => (it.table === table.name ? [it.object] : []))
  }

  #readFlowtables(table: Table): Flowtable[] {
    return this.#dump(table, message.getFlowtable, [flowtableAttribute.table, table.name])
      .map(readFlowtable)
      .flatMap((it) => (it.table === table.name ? [it.flowtable] : []))
  }

  #readElements(table: Table, set: SetContent['set']): SetContent['elements'] {
    const { table: tableName, set: setName } = elementListAttribute
    return readElements(
      this.#dump(table, message.getElements, [tableName, table.name], [setName, set.name]),
      set,
    )
  }

  #dump(
    table: Table,
    type: number,
    ...names: readonly (readonly [attribute: number, name: string])[]
  ): readonly NetlinkMessage[] {
    return this.#socket.dump({
      what: `nftables: read table ${table.name}`,
      type: typeOf(type),
      body: (writer) => {
        writer.raw(header(families.codeOf(table.family)))
        for (const [attribute, name] of names) writer.string(attribute, name)
      },
    })
  }
}

function typeOf(type: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | type
}

/** `struct nfgenmsg`. */
function header(family: number): Uint8Array {
  return Uint8Array.of(family, 0, 0, 0)
}
