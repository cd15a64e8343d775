/**
 * What the answer section teaches about the name that was asked.
 *
 * Learnt  Records of the answer section alone: what servers add in the others nobody asked for, and that way caches are poisoned
 *         (RFC 2181 section 5.4.1, RFC 5452). Of those, what was asked, of names to which aliases lead from the question (RFC 1034
 *         section 3.6.2). DNAME needs no reading: servers send the CNAME that follows from it (RFC 6672 section 3.1).
 * Cut     Of an answer with the bit TC all whole records are learnt: some clients use them, as old ones of musl did, and they are as
 *         true as others. The others ask again over TCP, and that answer is read as well.
 * Why not a library: dns-packet reads all sections, throws, and gives service bindings as bytes; what is needed here is less than what
 *         it would take to guard it.
 * Holds   Never throws; each byte is read a bounded number of times.
 */
import type { Ip } from '@margay/netset'
import { AnswerSection } from './answer-section.ts'
import type { DnsAnswer } from './dns-answer.ts'
import type { DnsHead } from './dns-head.ts'
import { ipv4At, ipv4Length, ipv6At, ipv6Length } from './ip-bytes.ts'
import { RecordType } from './record-type.ts'
import { readServiceBinding } from './service-binding.ts'
import { WireReader } from './wire-reader.ts'

/** Those behind are not read: it is more than the cache keeps of a name. */
const maxRecords = 1200
const classInternet = 1

/** Undefined: the section is malformed, and nothing of it is taken. */
export function readAnswer(bytes: Uint8Array, head: DnsHead): DnsAnswer | undefined {
  const reader = new WireReader(bytes, head.answersAt)
  const section = new AnswerSection()
  for (let left = Math.min(head.answerCount, maxRecords); left > 0 && !reader.failed; left--)
    readRecord(bytes, reader, head.question.type, section)
  if (reader.failed && !head.isTruncated) return undefined
  return section.reachedFrom(head.question)
}

interface RecordHead {
  readonly name: string
  readonly type: number
  readonly ttlSeconds: number
  readonly end: number
}

function readRecord(bytes: Uint8Array, reader: WireReader, asked: number, section: AnswerSection): void {
  const name = reader.name()
  const [type, recordClass, ttlSeconds, length] = [reader.u16(), reader.u16(), reader.u32(), reader.u16()]
  const end = reader.at + length
  if (end > bytes.length) reader.failed = true
  if (reader.failed) return
  const isOfUse = type === RecordType.CNAME || type === asked || asked === RecordType.ANY
  if (name !== undefined && recordClass === classInternet && isOfUse)
    reader.failed = !takeData(bytes, reader, { name, type, ttlSeconds, end }, section)
  reader.at = end
}

/** Is it as its type has it? */
function takeData(
  bytes: Uint8Array,
  reader: WireReader,
  record: RecordHead,
  section: AnswerSection,
): boolean {
  switch (record.type) {
    case RecordType.A:
    case RecordType.AAAA:
      return takeAddress(bytes.subarray(reader.at, record.end), record, section)
    case RecordType.CNAME:
      return takeAlias(reader, record, section)
    case RecordType.SVCB:
    case RecordType.HTTPS:
      return takeBinding(bytes.subarray(reader.at, record.end), record, section)
    default:
      return true
  }
}

function takeAddress(
  data: Uint8Array,
  { name, type, ttlSeconds }: RecordHead,
  section: AnswerSection,
): boolean {
  const address = addressIn(data, type)
  if (address !== undefined) section.addAddress({ name, address, ttlSeconds })
  return address !== undefined
}

function addressIn(data: Uint8Array, type: number): Ip | undefined {
  if (type === RecordType.A) return data.length === ipv4Length ? ipv4At(data, 0) : undefined
  return data.length === ipv6Length ? ipv6At(data, 0) : undefined
}

function takeAlias(
  reader: WireReader,
  { name, ttlSeconds, end }: RecordHead,
  section: AnswerSection,
): boolean {
  const target = reader.name()
  if (reader.failed || reader.at !== end) return false
  if (isOther(target, name)) section.addAlias({ name, target, ttlSeconds })
  return true
}

/**
 * Hints count for the owner alone, though they are addresses of the target: who has the zone of the owner wrote them, and could name
 * anybody as target.
 */
function takeBinding(data: Uint8Array, { name, ttlSeconds }: RecordHead, section: AnswerSection): boolean {
  const binding = readServiceBinding(data)
  if (binding === undefined) return false
  const { target, hints } = binding
  if (isOther(target, name)) section.addBinding({ name, target, ttlSeconds })
  for (const address of hints) section.addAddress({ name, address, ttlSeconds })
  return true
}

function isOther(target: string | undefined, name: string): target is string {
  return target !== undefined && target !== '' && target !== name
}
