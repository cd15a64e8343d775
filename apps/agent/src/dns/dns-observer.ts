/**
 * Packets of DNS in, names of addresses out: queries are remembered, answers to them are learnt, all others are ignored and counted.
 *
 * Input   Packets between clients and trusted servers, as the kernel found them by connection tracking, and the time: milliseconds since
 *         1970.
 * Output  What each packet is, and of all of them together the addresses whose names changed.
 * Holds   It never throws, whatever is in a packet, and holds bounded memory.
 */
import type { Ip } from '@margay/netset'
import type { JournalEntry } from './cache/answer-journal.ts'
import { addressKey } from './cache/known.ts'
import type { NameCache } from './cache/name-cache.ts'
import { type DnsHead, readHead } from './message/dns-head.ts'
import { readAnswer } from './message/read-answer.ts'
import { type Packet, readPacket } from './packet.ts'
import { TcpStreams } from './tcp-streams.ts'
import { type IsSameServer, type Transaction, type TransactionProblem, Transactions } from './transactions.ts'

export interface ObservedPacket {
  /** From the IP header on. What has to be kept of it is copied. */
  readonly payload: Uint8Array
  /** Which way it goes, where the kernel told: a message that says the opposite is not believed. */
  readonly way?: 'to-server' | 'from-server'
}

/** An `answer` may have been learnt or not: it is held back for it in any case. `other` is also a segment that ends no message. */
export type PacketKind = 'query' | 'answer' | 'other'

export interface Observed {
  /** One for each packet, in order. */
  readonly kinds: readonly PacketKind[]
  /** Whose names changed, each once: see `NameCache.learn`. */
  readonly changed: readonly Ip[]
  /** The answers that were learnt, in order. */
  readonly learnt: readonly JournalEntry[]
}

/**
 * Messages that taught nothing. `no-packet`: not whole, a fragment, neither UDP nor TCP; `no-lookup`: no question about a host;
 * `wrong-way`: an answer to a server, or a query from one; `error`: the answer is one, such as that there is no such name; `no-records`:
 * it has none of use; `malformed`: against the format of DNS. The others: why it is no answer to a query that was seen.
 */
export type IgnoredReason =
  | 'no-packet'
  | 'malformed'
  | 'no-lookup'
  | 'wrong-way'
  | 'error'
  | 'no-records'
  | TransactionProblem

export interface ObserverCounts {
  queries: number
  /** Answers of which something was taken. */
  learnt: number
  readonly ignored: Record<IgnoredReason, number>
}

/** What is gathered of packets that are looked at together. */
interface Gathered {
  readonly changed: Map<string, Ip>
  readonly learnt: JournalEntry[]
}

export class DnsObserver {
  readonly counts: ObserverCounts = { queries: 0, learnt: 0, ignored: noneIgnored() }
  readonly streams: TcpStreams
  readonly #cache: NameCache
  readonly #transactions: Transactions

  constructor(
    cache: NameCache,
    isSameServer?: IsSameServer,
    transactions = new Transactions(isSameServer),
    streams = new TcpStreams(),
  ) {
    this.#cache = cache
    this.#transactions = transactions
    this.streams = streams
  }

  /** What is known already but over stays so until somebody calls `expire` of the cache. */
  observe(packets: Iterable<ObservedPacket>, nowMs: number): Observed {
    const gathered: Gathered = { changed: new Map(), learnt: [] }
    const kinds = Array.from(packets, (packet) => this.#observeOne(packet, nowMs, gathered))
    return { kinds, changed: [...gathered.changed.values()], learnt: gathered.learnt }
  }

  #observeOne({ payload, way }: ObservedPacket, nowMs: number, gathered: Gathered): PacketKind {
    const packet = readPacket(payload)
    if (packet === undefined) return this.#ignore('no-packet')
    if (packet.protocol === 'udp') return this.#take(packet.data, { packet, way, nowMs, gathered })
    const messages = this.streams.take(packet)
    const kinds = messages.map((message) => this.#take(message, { packet, way, nowMs, gathered }))
    return kinds.includes('answer') ? 'answer' : (kinds[0] ?? 'other')
  }

  #take(message: Uint8Array, around: Around): PacketKind {
    const head = readHead(message)
    if (typeof head === 'string') return this.#ignore(head)
    if (around.way === (head.isAnswer ? 'to-server' : 'from-server')) return this.#ignore('wrong-way')
    if (head.isAnswer) this.#takeAnswer(message, head, around)
    else this.#takeQuery(head, around)
    return head.isAnswer ? 'answer' : 'query'
  }

  #takeQuery(head: DnsHead, { packet, nowMs }: Around): void {
    this.#transactions.asked(queryIn(head, packet), nowMs)
    this.counts.queries++
  }

  #takeAnswer(message: Uint8Array, head: DnsHead, { packet, nowMs, gathered }: Around): void {
    const transaction = answerIn(head, packet)
    const problem = this.#transactions.answered(transaction, nowMs)
    if (problem !== undefined) return void this.#ignore(problem)
    if (head.responseCode !== 0) return void this.#ignore('error')
    const answer = readAnswer(message, head)
    if (answer === undefined) return void this.#ignore('malformed')
    if (answer.addresses.length + answer.aliases.length === 0) return void this.#ignore('no-records')
    this.counts.learnt++
    const { server, client } = transaction
    const origin = { server, client }
    gathered.learnt.push({ answer, origin, atMs: nowMs })
    for (const address of this.#cache.learn(answer, origin, nowMs))
      gathered.changed.set(addressKey(address), address)
  }

  #ignore(reason: IgnoredReason): 'other' {
    this.counts.ignored[reason]++
    return 'other'
  }
}

/** What a message came with. */
interface Around {
  readonly packet: Packet
  readonly way: ObservedPacket['way']
  readonly nowMs: number
  readonly gathered: Gathered
}

function queryIn({ id, question }: DnsHead, packet: Packet): Transaction {
  const { protocol, source, sourcePort, destination, destinationPort } = packet
  const client = { client: source, clientPort: sourcePort }
  return { protocol, ...client, server: destination, serverPort: destinationPort, id, question }
}

function answerIn({ id, question }: DnsHead, packet: Packet): Transaction {
  const { protocol, source, sourcePort, destination, destinationPort } = packet
  const client = { client: destination, clientPort: destinationPort }
  return { protocol, ...client, server: source, serverPort: sourcePort, id, question }
}

function noneIgnored(): Record<IgnoredReason, number> {
  return {
    'no-packet': 0,
    malformed: 0,
    'no-lookup': 0,
    'wrong-way': 0,
    error: 0,
    'no-records': 0,
    unasked: 0,
    'wrong-transaction': 0,
    'wrong-server': 0,
    late: 0,
  }
}
