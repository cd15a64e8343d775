/** What an answer of DNS teaches, and where it is from. */
import type { Ip } from '@margay/netset'

/** Names are as `canonicalDomain` gives them; TTLs as they were sent: 0 to 2^32 - 1 seconds. */
export interface DnsAnswer {
  readonly question: Question
  /** From the question on: who leads to the owner of a later one comes first. */
  readonly aliases: readonly AliasRecord[]
  readonly addresses: readonly AddressRecord[]
}

export interface Question {
  readonly name: string
  /** A number of IANA's registry: `RecordType` has those that are read. */
  readonly type: number
}

/** Of a CNAME, or of a service binding whose target is another name. */
export interface AliasRecord {
  readonly name: string
  readonly target: string
  readonly ttlSeconds: number
}

export interface AddressRecord {
  readonly name: string
  readonly address: Ip
  readonly ttlSeconds: number
}

/** Who asked whom. */
export interface AnswerOrigin {
  readonly server: Ip
  readonly client: Ip
}
