/**
 * Queries that wait for their answers. An answer is believed if somebody asked for it: the same client and port, by the same protocol,
 * with the same number and question, of the same server, a short while ago.
 *
 * Bounded by client and in all: the oldest go first, and a client that asks much loses its own.
 * Source  RFC 5452 section 9.1. Names are compared without case: clients mix it to be harder to forge (draft-vixie-dnsext-dns0x20).
 */
import type { Ip } from '@margay/netset'
import { addressKey } from './cache/known.ts'
import type { Question } from './message/dns-answer.ts'

/** A query, or an answer to one. */
export interface Transaction {
  readonly protocol: 'udp' | 'tcp'
  readonly client: Ip
  readonly clientPort: number
  readonly server: Ip
  readonly serverPort: number
  readonly id: number
  readonly question: Question
}

/**
 * `unasked`: nothing is open between this client's port and any server; `wrong-transaction`: something is, with another number or
 * question; `wrong-server`: this was asked of another one; `late`: it was asked too long ago.
 */
export type TransactionProblem = 'unasked' | 'wrong-transaction' | 'wrong-server' | 'late'

/** Is who answers whom a client asked? Where one of both packets was seen with a service's address and one without, they differ. */
export type IsSameServer = (query: Transaction, answer: Transaction) => boolean

export interface TransactionLimits {
  readonly waitMs: number
  readonly queries: number
  readonly queriesOfClient: number
}

/** Clients give up after 5 s in general; some 400 bytes for each query. */
export const defaultTransactionLimits: TransactionLimits = {
  waitMs: 15_000,
  queries: 20_000,
  queriesOfClient: 1000,
}

interface Open {
  readonly key: string
  readonly client: string
  readonly socket: string
  query: Transaction
  atMs: number
  /** A client that asks again in the same words may get as many answers. */
  answersLeft: number
}

export class Transactions {
  readonly #limits: TransactionLimits
  readonly #isSameServer: IsSameServer
  /** The oldest first, as the queries of each client. */
  readonly #open = new Map<string, Open>()
  readonly #ofClient = new Map<string, Set<Open>>()
  /** How many are open, by client, port and protocol. */
  readonly #ofSocket = new Map<string, number>()

  constructor(isSameServer: IsSameServer = isEqualServer, limits = defaultTransactionLimits) {
    this.#isSameServer = isSameServer
    this.#limits = limits
  }

  get size(): number {
    return this.#open.size
  }

  asked(query: Transaction, nowMs: number): void {
    this.#forgetLate(nowMs)
    const socket = socketOf(query)
    const key = keyOf(socket, query)
    const before = this.#open.get(key)
    if (before !== undefined) this.#close(before)
    const client = addressKey(query.client)
    this.#makeRoom(client)
    this.#add({ key, client, socket, query, atMs: nowMs, answersLeft: (before?.answersLeft ?? 0) + 1 })
  }

  /** Undefined: it was asked for, and is not waited for any more. */
  answered(answer: Transaction, nowMs: number): TransactionProblem | undefined {
    const socket = socketOf(answer)
    const open = this.#open.get(keyOf(socket, answer))
    if (open === undefined) return this.#ofSocket.has(socket) ? 'wrong-transaction' : 'unasked'
    if (!this.#isSameServer(open.query, answer)) return 'wrong-server'
    if (nowMs - open.atMs > this.#limits.waitMs) return 'late'
    open.answersLeft--
    if (open.answersLeft === 0) this.#close(open)
    return undefined
  }

  #forgetLate(nowMs: number): void {
    for (const open of this.#open.values()) {
      if (nowMs - open.atMs <= this.#limits.waitMs) return
      this.#close(open)
    }
  }

  #makeRoom(client: string): void {
    const own = this.#ofClient.get(client)
    if (own !== undefined && own.size >= this.#limits.queriesOfClient) this.#closeFirst(own)
    if (this.#open.size >= this.#limits.queries) this.#closeFirst(this.#open.values())
  }

  #closeFirst(queries: Iterable<Open>): void {
    for (const open of queries) {
      this.#close(open)
      return
    }
  }

  #add(open: Open): void {
    this.#open.set(open.key, open)
    const own = this.#ofClient.get(open.client) ?? new Set()
    this.#ofClient.set(open.client, own.add(open))
    this.#ofSocket.set(open.socket, (this.#ofSocket.get(open.socket) ?? 0) + 1)
  }

  #close(open: Open): void {
    this.#open.delete(open.key)
    const own = this.#ofClient.get(open.client)
    own?.delete(open)
    if (own?.size === 0) this.#ofClient.delete(open.client)
    const left = (this.#ofSocket.get(open.socket) ?? 0) - 1
    if (left > 0) this.#ofSocket.set(open.socket, left)
    else this.#ofSocket.delete(open.socket)
  }
}

/** As connection tracking shows both in the same place: the very address and port. */
export function isEqualServer(query: Transaction, answer: Transaction): boolean {
  const [a, b] = [query.server, answer.server]
  return a.version === b.version && a.value === b.value && query.serverPort === answer.serverPort
}

function socketOf({ protocol, client, clientPort }: Transaction): string {
  return `${protocol} ${addressKey(client)} ${clientPort}`
}

function keyOf(socket: string, { id, question }: Transaction): string {
  return `${socket} ${id} ${question.type} ${question.name}`
}
