/** What decided a connection, in the words that `by` of a test uses. */
import { type Decision, formatPolicyRef, type Hit } from '@margay/policy'

/** What `by` may look like, for messages. */
export const deciderForms =
  'a policy or profile such as np:shop/db, np:shop/db rule 0, np:shop/db end of tier, gnp:edge or profile kns.shop'

export const deciderForm =
  /^(?:(?:np|gnp|knp|kcnp|snp|sgnp|sknp):\S+(?: rule \d+| end of tier)?|profile \S+)$/

/**
 * One for each side that was judged: both must allow, so both decided what is allowed; what is denied was decided by the
 * side that denied.
 */
export function decidingHits({ verdict, egress, ingress }: Decision): Hit[] {
  return [egress, ingress]
    .filter((side) => side !== undefined && side.verdict === verdict)
    .flatMap((side) => side?.trace.at(-1) ?? [])
}

/** True if nothing is expected, or if one of the deciding hits is what is expected. */
export function isDecidedBy(decision: Decision, by: string | undefined): boolean {
  return by === undefined || decidingHits(decision).some((hit) => namesOf(hit).includes(by))
}

/** What `by` may say of a hit: the policy alone or its rule. */
function namesOf(hit: Hit): string[] {
  switch (hit.kind) {
    case 'Rule':
      return [formatPolicyRef(hit.policy), `${formatPolicyRef(hit.policy)} rule ${hit.ruleIndex}`]
    case 'TierDefault':
      return [formatPolicyRef(hit.policy), `${formatPolicyRef(hit.policy)} end of tier`]
    case 'Profile':
      return [`profile ${hit.profile}`]
    default:
      return []
  }
}
