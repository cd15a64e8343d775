/** Header and question of a message: all that tells whether the rest is worth reading. Source: RFC 1035 section 4.1. */
import type { Question } from './dns-answer.ts'
import { WireReader } from './wire-reader.ts'

export interface DnsHead {
  readonly id: number
  readonly isAnswer: boolean
  readonly isTruncated: boolean
  /** The low four bits of it: those that EDNS adds are for errors only, and 0 in all without. */
  readonly responseCode: number
  readonly question: Question
  readonly answerCount: number
  /** Where the answer section begins. */
  readonly answersAt: number
}

/**
 * Why a message has no question that we could follow: `malformed` is against the wire format, `no-lookup` asks for no name of a host, or
 * not in the class of the internet, or is no standard query.
 */
export type HeadProblem = 'malformed' | 'no-lookup'

const headerLength = 12
const classInternet = 1

/** Never throws. */
export function readHead(bytes: Uint8Array): DnsHead | HeadProblem {
  const reader = new WireReader(bytes)
  const [id, flags, questions, answerCount] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
  if (bytes.length < headerLength) return 'malformed'
  // Of updates and notices the sections mean something else.
  if ((flags & 0x7800) !== 0) return 'no-lookup'
  if (questions !== 1) return questions === 0 ? 'no-lookup' : 'malformed'
  reader.at = headerLength
  const [name, type, questionClass] = [reader.name(), reader.u16(), reader.u16()]
  if (reader.failed) return 'malformed'
  if (name === undefined || name === '' || questionClass !== classInternet) return 'no-lookup'
  return {
    id,
    isAnswer: (flags & 0x8000) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    responseCode: flags & 0x000f,
    question: { name, type },
    answerCount,
    answersAt: reader.at,
  }
}
