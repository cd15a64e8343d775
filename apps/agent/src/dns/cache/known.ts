/** What is known, as the cache keeps it: names, their addresses, and aliases between them. */
import type { Ip } from '@margay/netset'
import type { AnswerOrigin, Question } from '../message/dns-answer.ts'
import type { Told } from './lifetimes.ts'
import type { Queued } from './priority-queue.ts'

/** What a record says. */
export type Fact =
  | { readonly kind: 'address'; readonly name: string; readonly address: Ip }
  | { readonly kind: 'alias'; readonly name: string; readonly target: string }

export type Known = KnownAddress | KnownAlias

export interface KnownAddress extends KnownBase {
  readonly kind: 'address'
  readonly address: Ip
  /** As `addressKey` gives it. */
  readonly key: string
}

export interface KnownAlias extends KnownBase {
  readonly kind: 'alias'
  readonly target: NameNode
}

/** Its place is that among all, by `untilMs`. */
interface KnownBase extends Queued {
  readonly owner: NameNode
  untilMs: number
  source: Source
  told: Told
  /** It is held at least until then: for what came from a file. */
  heldUntilMs: number
  /** In whose share it is: who asked for it first, as `addressKey` gives it. */
  client: string
  /** Who asked for it last, if that is another one: gets it where that share is too large. */
  otherClient: string | undefined
  /** Which answer told it last, counted from 1. */
  answer: number
}

/** The answer that told something last. */
export interface Source extends AnswerOrigin {
  readonly question: Question
}

export interface NameNode {
  readonly text: string
  /** By address; as they were told, the latest last. */
  readonly addresses: Map<string, KnownAddress>
  /** Where its aliases lead, by name; as they were told, the latest last. */
  readonly targets: Map<string, KnownAlias>
  /** What leads to it, by owner. */
  readonly aliases: Map<string, KnownAlias>
  isNamed: boolean
  matters: boolean
}

/** Equal for equal addresses, and quickly made. */
export function addressKey({ version, value }: Ip): string {
  return version === 4 ? value.toString() : `6:${value.toString(16)}`
}
