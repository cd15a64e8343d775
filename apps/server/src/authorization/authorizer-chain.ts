/** Several authorizers as one: the first that allows or denies decides. */
import { type Authorizer, type Decision, noOpinion } from './attributes.ts'

export function authorizerChain(authorizers: readonly Authorizer[]): Authorizer {
  return {
    decide(attributes) {
      const reasons: string[] = []
      for (const authorizer of authorizers) {
        const decision = authorizer.decide(attributes)
        if (decision.decision !== 'NoOpinion') return decision
        if (decision.reason !== '') reasons.push(decision.reason)
      }
      return undecided(reasons)
    },
  }
}

function undecided(reasons: readonly string[]): Decision {
  return reasons.length === 0 ? noOpinion : { ...noOpinion, reason: reasons.join(', ') }
}
