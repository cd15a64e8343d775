/** What can come of a group's policy, each with who says so. Those without Log rules are one object each, for they are asked for again and again. */
import type { GroupTier, Stage, StageEnd } from './group.ts'
import { type Outcome, outcome, stagedReason } from './outcome.ts'
import type { PeerRule, RuleOwner } from './peer-rule.ts'

export class Outcomes {
  readonly #stage: Stage
  readonly #plain = new Map<PeerRule | GroupTier | StageEnd, Outcome>()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Of a rule of the tier; without one, of the tier's default action. */
  decided(
    verdict: 'Allow' | 'Deny',
    rule: PeerRule | undefined,
    tier: GroupTier,
    logs: readonly RuleOwner[],
  ): Outcome {
    const reason = this.#stage.isStaged ? stagedReasonOf : reasonOf
    return this.#once(rule ?? tier, logs, () => outcome(verdict, reason(rule, tier), logs))
  }

  /** Where no tier decides. */
  atEnd(logs: readonly RuleOwner[]): Outcome {
    const { end } = this.#stage
    return this.#once(end, logs, () => outcome(end.verdict, end.reason, logs))
  }

  #once(by: PeerRule | GroupTier | StageEnd, logs: readonly RuleOwner[], make: () => Outcome): Outcome {
    if (logs.length > 0) return make()
    const known = this.#plain.get(by)
    if (known !== undefined) return known
    const made = make()
    this.#plain.set(by, made)
    return made
  }
}

function reasonOf(rule: PeerRule | undefined, tier: GroupTier): string {
  if (rule === undefined) return `tier ${tier.name} end of tier: ${tier.defaultAction}`
  const { kind, path } = rule.owner
  return `${kind}:${path} rule ${rule.origin}: ${rule.action}`
}

/** With the tier, which may be one that only staged policies are in. */
function stagedReasonOf(rule: PeerRule | undefined, { name, defaultAction }: GroupTier): string {
  if (rule === undefined) return stagedReason(defaultAction, `tier ${name} end of tier`)
  const { kind, path } = rule.owner
  return stagedReason(
    rule.action === 'Allow' ? 'Allow' : 'Deny',
    `tier ${name}, ${kind}:${path} rule ${rule.origin}`,
  )
}
