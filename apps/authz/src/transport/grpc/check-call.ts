/** One call of `Check`: bytes in, bytes or a status of gRPC out. */
import { status } from '@grpc/grpc-js'
import { type Answer, type Checker, NotReadyError } from '../../check/check.ts'
import { decodeCheck } from '../../codec/decode-check.ts'
import { encodeAnswer } from '../../codec/encode-answer.ts'
import { WireError } from '../../codec/wire-error.ts'
import { type AskEvents, ask } from '../ask.ts'

export interface CallFailure {
  readonly code: status
  readonly details: string
}

export type CallResult = { readonly response: Buffer } | { readonly failure: CallFailure }

export interface Judging {
  readonly checker: Checker
  /** Given where a check is beyond the limits, or judging it failed. */
  readonly denial: Answer
  readonly events: AskEvents
}

/** Never throws. */
export function answerCall({ checker, denial, events }: Judging, request: Buffer): CallResult {
  try {
    return { response: encodeAnswer(ask(checker, () => decodeCheck(request), denial, events)) }
  } catch (error) {
    return { failure: failureOf(error, events) }
  }
}

function failureOf(error: unknown, events: AskEvents): CallFailure {
  if (error instanceof NotReadyError) return { code: status.UNAVAILABLE, details: error.message }
  if (error instanceof WireError) {
    return { code: status.INVALID_ARGUMENT, details: `the request is no CheckRequest: ${error.message}` }
  }
  events.failed(error)
  return { code: status.INTERNAL, details: 'the answer could not be written' }
}
