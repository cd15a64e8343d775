/** A judgement as a proxy is told it. */
import { formatPolicyRef, type Hit } from '@margay/policy'
import type { Answer } from '../check/check.ts'
import type { Judgement } from './judgement.ts'

export interface AnswerOptions {
  /** Of answers in place of what was denied, 100-599. */
  readonly denyStatus: number
  /** Policy: who is denied may read the names of tiers and policies. */
  readonly denyBody: 'none' | 'policy'
  /** True: what is allowed is told by which policy, in `x-margay-policy`. */
  readonly allowHeaders: boolean
}

const noHeaders: Answer['headers'] = []
const json: Answer['headers'] = [['content-type', 'application/json']]

export function answerOf(
  judgement: Pick<Judgement, 'verdict' | 'reason' | 'hit'>,
  options: AnswerOptions,
): Answer {
  const decider = deciderOf(judgement.hit)
  const metadata = { decision: judgement.verdict, reason: judgement.reason, ...decider }
  return judgement.verdict === 'Allow'
    ? { ...allowed(decider, options), metadata }
    : { ...denied(metadata, options), metadata }
}

function allowed({ policy, profile }: Decider, { allowHeaders }: AnswerOptions): Omit<Answer, 'metadata'> {
  const name = policy ?? profile
  const headers: Answer['headers'] =
    allowHeaders && name !== undefined ? [['x-margay-policy', name]] : noHeaders
  return { verdict: 'Allow', httpStatus: undefined, headers, body: '' }
}

function denied(metadata: Answer['metadata'], options: AnswerOptions): Omit<Answer, 'metadata'> {
  const hasBody = options.denyBody === 'policy'
  return {
    verdict: 'Deny',
    httpStatus: options.denyStatus,
    headers: hasBody ? json : noHeaders,
    body: hasBody ? `${JSON.stringify(metadata)}\n` : '',
  }
}

/** What decided, as far as it has a name. */
export interface Decider {
  readonly tier?: string
  readonly policy?: string
  /** The index in the list that a person wrote; without it the tier's default action decided. */
  readonly rule?: number
  readonly profile?: string
}

export function deciderOf(hit: Hit | undefined): Decider {
  switch (hit?.kind) {
    case 'Rule':
      return { tier: hit.tier, policy: formatPolicyRef(hit.policy), rule: hit.ruleIndex }
    case 'TierDefault':
      return { tier: hit.tier, policy: formatPolicyRef(hit.policy) }
    case 'Profile':
      return { profile: hit.profile }
    default:
      return {}
  }
}
