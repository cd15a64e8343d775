/** The one way from what was read to an answer: whatever goes wrong in between is a denial, but for policy that is not known yet. */
import { type Answer, type Check, type Checker, NotReadyError } from '../check/check.ts'
import { type Refusal, RefusedCheckError } from '../codec/refused-check-error.ts'

export interface AskEvents {
  /** A check was denied for its form, before anyone looked at policy. */
  readonly refused: (refusal: Refusal) => void
  /** A mistake of ours; the check was denied. */
  readonly failed: (error: unknown) => void
}

/**
 * @throws NotReadyError
 * @throws what `read` throws, but RefusedCheckError
 */
export function ask(checker: Checker, read: () => Check, denial: Answer, events: AskEvents): Answer {
  if (!checker.isReady) throw new NotReadyError()
  try {
    return judged(checker, read(), denial, events)
  } catch (error) {
    if (!(error instanceof RefusedCheckError)) throw error
    events.refused(error.refusal)
    return denial
  }
}

function judged(checker: Checker, check: Check, denial: Answer, events: AskEvents): Answer {
  try {
    return checker.check(check)
  } catch (error) {
    if (error instanceof NotReadyError) throw error
    events.failed(error)
    return denial
  }
}
