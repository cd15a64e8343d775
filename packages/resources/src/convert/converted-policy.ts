import type { EntityRule, Rule } from '../kinds/rule/schema.ts'
import { type Issue, invalid } from '../schema/issue.ts'

/** The kinds of policies once they are all of one form; four of them come from other APIs. */
export type PolicyKind =
  | 'NetworkPolicy'
  | 'GlobalNetworkPolicy'
  | 'KubernetesNetworkPolicy'
  | 'KubernetesClusterNetworkPolicy'
  | 'KubernetesAdminNetworkPolicy'
  | 'KubernetesBaselineAdminNetworkPolicy'
  | 'StagedNetworkPolicy'
  | 'StagedGlobalNetworkPolicy'
  | 'StagedKubernetesNetworkPolicy'

/** A policy in the form of the v3 API. One rule that a person wrote may have become several, or none. */
export interface ConvertedPolicy<Policy> {
  readonly policy: Policy
  /** For each ingress rule of `policy`, the index of the rule that it comes from in the original. */
  readonly ingressOrigins: readonly number[]
  /** For each egress rule of `policy`, the index of the rule that it comes from in the original. */
  readonly egressOrigins: readonly number[]
  /** What could not be converted; paths are those of the original. */
  readonly issues: readonly Issue[]
}

export interface ConvertedRules {
  readonly rules: Rule[]
  readonly origins: number[]
}

/** Converts rule by rule and remembers where each result comes from. */
export function convertRules<Original>(
  originals: readonly Original[] | undefined,
  convert: (original: Original, index: number) => readonly Rule[],
): ConvertedRules {
  const converted = (originals ?? []).map(convert)
  return { rules: converted.flat(), origins: converted.flatMap((rules, index) => rules.map(() => index)) }
}

export type Direction = 'Ingress' | 'Egress'

/** Which packets of a protocol: undefined means any protocol, no ports means any port. */
export interface ProtocolMatch {
  readonly protocol?: string
  readonly ports: readonly (string | number)[]
}

/** The two sides of a rule: the peer is where packets come from or go to, the ports are always the destination's. */
export function matchOf(
  direction: Direction,
  peer: EntityRule,
  { protocol, ports }: ProtocolMatch,
): Omit<Rule, 'action'> {
  const destination = { ...(direction === 'Egress' && peer), ...(ports.length > 0 && { ports: [...ports] }) }
  return {
    ...(protocol !== undefined && { protocol }),
    ...(direction === 'Ingress' && isRestricted(peer) && { source: peer }),
    ...(isRestricted(destination) && { destination }),
  }
}

function isRestricted(side: EntityRule): boolean {
  return Object.keys(side).length > 0
}

/**
 * Collects what can't be converted. `fail` is also the answer of a conversion that failed, which is never mistaken
 * for one without restrictions.
 */
export class IssueLog {
  readonly issues: Issue[] = []

  fail(path: string, message: string): undefined {
    this.issues.push(invalid(path, message))
    return undefined
  }
}
