/**
 * Answers, each made once: of what one rule decides all are alike. So whoever writes them out can do that once, too.
 *
 * Holds  No more than there are rules that decided, as long as their policies are there, and reasons.
 */
import type { Hit, PolicyRef } from '@margay/policy'
import type { Answer } from '../check/check.ts'
import { type AnswerOptions, answerOf } from './answer.ts'
import type { Judgement } from './judgement.ts'

type Decided = Pick<Judgement, 'verdict' | 'reason' | 'hit'>

export class Answers {
  readonly #options: AnswerOptions
  /** A policy that changes is told by another object. */
  readonly #byPolicy = new WeakMap<PolicyRef, Map<string, Answer>>()
  readonly #others = new Map<string, Answer>()

  constructor(options: AnswerOptions) {
    this.#options = options
  }

  of(decided: Decided): Answer {
    const { hit } = decided
    const answers = this.#answersOf(hit)
    if (answers === undefined) return answerOf(decided, this.#options)
    const key = keyOf(decided)
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = answerOf(decided, this.#options)
    answers.set(key, answer)
    return answer
  }

  /** Undefined: of this there may be more than is worth keeping. */
  #answersOf(hit: Hit | undefined): Map<string, Answer> | undefined {
    if (hit === undefined) return this.#others
    if (hit.kind !== 'Rule' && hit.kind !== 'TierDefault') return undefined
    const known = this.#byPolicy.get(hit.policy)
    if (known !== undefined) return known
    const made = new Map<string, Answer>()
    this.#byPolicy.set(hit.policy, made)
    return made
  }
}

function keyOf({ verdict, reason, hit }: Decided): string {
  if (hit?.kind === 'Rule') return `${verdict} ${reason} ${hit.tier} ${hit.ruleIndex}`
  return hit?.kind === 'TierDefault' ? `${verdict} ${reason} ${hit.tier}` : `${verdict} ${reason}`
}
