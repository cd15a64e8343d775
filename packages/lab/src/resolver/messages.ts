/** Messages of DNS for tests that make their own, honest or not. */
import { type Answer, decode, encode, type Packet, type Question, streamEncode } from 'dns-packet'

export type AddressType = 'A' | 'AAAA'
export type RecordType = AddressType | 'HTTPS'

export interface Lookup {
  readonly name: string
  readonly type: RecordType
}

/** What an answer says. */
export interface Said {
  readonly id: number
  readonly isTruncated: boolean
  /** Of the answer section, in order. */
  readonly addresses: readonly string[]
  readonly records: number
}

/** dns-packet knows HTTPS (65) by its number alone. */
const nameOfType = (type: RecordType) => (type === 'HTTPS' ? ('UNKNOWN_65' as 'A') : type)

/** `udp`: the message; `tcp`: with its length before. */
export function queryMessage(
  { name, type }: Lookup,
  id: number,
  over: 'udp' | 'tcp' = 'udp',
  payloadBytes = 1232,
): Buffer {
  const questions: Question[] = [{ name, type: nameOfType(type) }]
  const message: Packet = { type: 'query', id, flags: 0x0100, questions, additionals: [takes(payloadBytes)] }
  return over === 'udp' ? encode(message) : streamEncode(message)
}

/** Source: RFC 6891. */
function takes(udpPayloadSize: number): Answer {
  const flags = { extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false }
  return { name: '.', type: 'OPT', udpPayloadSize, ...flags, options: [] }
}

/** An answer of one address to that question; in another section, or of another name, where the options say so. */
export function answerMessage(
  { name, type }: Lookup & { readonly type: AddressType },
  id: number,
  address: string,
  options: {
    readonly owner?: string
    readonly section?: 'answers' | 'additionals'
    readonly ttl?: number
  } = {},
): Buffer {
  const { owner = name, section = 'answers', ttl = 300 } = options
  const record: Answer = { name: owner, type, ttl, data: address }
  return encode({ type: 'response', id, flags: 0x0180, questions: [{ name, type }], [section]: [record] })
}

/** @throws Error for what is no message */
export function readMessage(bytes: Uint8Array): Said {
  const { id = 0, flag_tc = false, answers = [] } = decode(Buffer.from(bytes))
  const addresses = answers.flatMap((it) => (it.type === 'A' || it.type === 'AAAA' ? [it.data] : []))
  return { id, isTruncated: flag_tc, addresses, records: answers.length }
}
