/**
 * Which rules decided a connection of any test, and which never did: what no test would notice the loss of.
 *
 * A rule counts once it decided in its tier, by Allow, Deny or Pass, on whichever side. Log decides nothing and is left out.
 */
import { type Decision, type Direction, formatPolicyRef, type PolicyState } from '@margay/policy'

export interface RuleName {
  readonly tier: string
  /** As `formatPolicyRef` writes it. */
  readonly policy: string
  readonly direction: Direction
  /** Its index in the list that a person wrote. */
  readonly rule: number
}

export interface CoverageReport {
  /** How many rules there are that can decide. */
  readonly rules: number
  /** In the order in which they are asked. */
  readonly neverDecided: readonly RuleName[]
}

interface Judgement {
  readonly connections: readonly { readonly decision: Decision }[]
}

export class Coverage {
  readonly #isStaged: boolean
  readonly #rules = new Map<string, RuleName>()
  readonly #decided = new Set<string>()

  constructor(isStaged: boolean) {
    this.#isStaged = isStaged
  }

  add(state: PolicyState, judgements: readonly Judgement[]): void {
    for (const rule of this.#rulesOf(state)) this.#rules.set(keyOf(rule), rule)
    for (const rule of judgements.flatMap(decidingRules)) this.#decided.add(keyOf(rule))
  }

  report(): CoverageReport {
    const neverDecided = [...this.#rules].filter(([key]) => !this.#decided.has(key)).map(([, rule]) => rule)
    return { rules: this.#rules.size, neverDecided }
  }

  #rulesOf(state: PolicyState): RuleName[] {
    const tiers = this.#isStaged ? state.stagedTiers : state.tiers
    return tiers.flatMap(({ name: tier, policies }) =>
      policies.flatMap((policy) =>
        (['Ingress', 'Egress'] as const).flatMap((direction) =>
          (direction === 'Ingress' ? policy.ingress : policy.egress)
            .filter(({ action }) => action !== 'Log')
            .map(({ origin }) => ({ tier, policy: formatPolicyRef(policy.ref), direction, rule: origin })),
        ),
      ),
    )
  }
}

function decidingRules({ connections }: Judgement): RuleName[] {
  return connections.flatMap(({ decision: { egress, ingress } }) =>
    [egress, ingress].flatMap((side) =>
      (side?.trace ?? []).flatMap((hit): RuleName[] => {
        if (side === undefined || hit.kind !== 'Rule') return []
        const policy = formatPolicyRef(hit.policy)
        return [{ tier: hit.tier, policy, direction: side.direction, rule: hit.ruleIndex }]
      }),
    ),
  )
}

function keyOf({ tier, policy, direction, rule }: RuleName): string {
  return [tier, policy, direction, rule].join(' ')
}
