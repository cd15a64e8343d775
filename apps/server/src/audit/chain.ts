/**
 * The chain that makes tampering evident: each record carries its number and the hash of the line before it, so that none
 * can be changed, removed from between, added or moved without breaking the line that follows.
 *
 * The end is the one place that a chain can't guard by itself: whoever cuts off the last lines leaves a chain that holds.
 * A head that was noted elsewhere (`number:hash`) tells.
 */
import { createHash } from 'node:crypto'
import { type AuditEvent, annotation } from './event.ts'

/** Where the log stands: the last record's number, and the hash of its line. */
export interface ChainHead {
  readonly sequence: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly hash: string
}

/** Before the first record. */
export const genesis: ChainHead = { sequence: 0, hash: `sha256:${'0'.repeat(64)}` }

/** The line without its line end. */
export function seal(
  event: AuditEvent,
  head: ChainHead,
): { readonly line: string; readonly head: ChainHead } {
  const sequence = head.sequence + 1
  const annotations = {
    ...event.annotations,
    [annotation.sequence]: String(sequence),
    [annotation.previous]: head.hash,
  }
  const line = JSON.stringify({ ...event, annotations })
  return { line, head: { sequence, hash: hashOf(line) } }
}

export function hashOf(line: string): string {
  return `sha256:${createHash('sha256').update(line).digest('hex')}`
}

/** What a line says of its place; undefined if it is no record of a chain. */
export function placeOf(line: string): { readonly sequence: number; readonly previous: string } | undefined {
  const { annotations } = parse(line)
  const sequence = Number(annotations?.[annotation.sequence])
  const previous = annotations?.[annotation.previous]
  return Number.isSafeInteger(sequence) && typeof previous === 'string' ? { sequence, previous } : undefined
}

function parse(line: string): { annotations?: Record<string, unknown> } {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

export interface NumberedLine {
  readonly file: string
  /** From 1. */
  readonly number: number
  readonly text: string
}

export type Verification =
  | { readonly ok: true; readonly first: number; readonly head: ChainHead; readonly records: number }
  | { readonly ok: false; readonly file: string; readonly line: number; readonly problem: string }

type Failure = Extract<Verification, { ok: false }>

/** Checks line by line, in the order in which they were written. Stops at the first that does not fit. */
export class ChainVerifier {
  readonly #expected: ChainHead | undefined
  #head: ChainHead | undefined
  #first = 0
  #records = 0
  #lines = 0

  /** `expected` was noted elsewhere at some time: the chain must lead through it. */
  constructor(expected?: ChainHead) {
    this.#expected = expected
  }

  /** Undefined while all is well. */
  take({ file, number, text }: NumberedLine): Failure | undefined {
    this.#lines = number
    const place = placeOf(text)
    const problem =
      place === undefined ? notARecord : (this.#misfit(place) ?? this.#differs(place.sequence, hashOf(text)))
    if (place === undefined || problem !== undefined)
      return { ok: false, file, line: number, problem: problem ?? notARecord }
    this.#first ||= place.sequence
    this.#head = { sequence: place.sequence, hash: hashOf(text) }
    this.#records++
    return undefined
  }

  /** `lastFile` is named when the end is missing. */
  result(lastFile: string): Verification {
    const head = this.#head ?? genesis
    const { sequence } = this.#expected ?? genesis
    if (sequence > head.sequence) {
      const problem = `the log ends at record ${head.sequence}, but record ${sequence} was there: its end was cut off`
      return { ok: false, file: lastFile, line: this.#lines, problem }
    }
    return { ok: true, first: this.#first, head, records: this.#records }
  }

  #misfit({ sequence, previous }: { sequence: number; previous: string }): string | undefined {
    if (sequence === 1 && previous !== genesis.hash) return 'is not the first record that was written'
    if (this.#head === undefined) return undefined
    if (sequence !== this.#head.sequence + 1) return jump(this.#head.sequence, sequence)
    return previous === this.#head.hash
      ? undefined
      : `record ${this.#head.sequence}, the one before it, was changed`
  }

  #differs(sequence: number, hash: string): string | undefined {
    if (sequence !== this.#expected?.sequence || hash === this.#expected.hash) return undefined
    return `record ${sequence} is not the one that was there when its hash was noted`
  }
}

const notARecord = 'is no record of an audit log: it was changed, or cut off'

function jump(before: number, found: number): string {
  if (found > before + 1)
    return `records ${before + 1} to ${found - 1} are missing: they were removed, or the order was changed`
  return `record ${found} stands after record ${before}: it was added, or the order was changed`
}
