/** What a projectcalico.org/v3 policy gets at admission. Changes its argument. */

import { isLabelValue } from '../meta/names.ts'
import type { ObjectMeta } from '../meta/object-meta.ts'
import { normalizeRule } from '../rule/normalize-rule.ts'
import type { Rule } from '../rule/schema.ts'

export const tierLabel = 'projectcalico.org/tier'
export const defaultTierName = 'default'

type Direction = 'Ingress' | 'Egress'

interface PolicySpec {
  tier?: string
  types?: Direction[]
  ingress?: Rule[]
  egress?: Rule[]
  stagedAction?: string
}

interface Policy {
  metadata: ObjectMeta
  spec?: PolicySpec
}

export function applyPolicyDefaults(policy: Policy): void {
  const spec = policy.spec ?? {}
  policy.spec = spec
  spec.tier = spec.tier === undefined || spec.tier === '' ? defaultTierName : spec.tier
  // A staged deletion says nothing but which policy is to go.
  if (spec.stagedAction !== 'Delete') spec.types ??= inferTypes(spec)
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) normalizeRule(rule)
  // A tier that can't be a label can't be a tier either: that is reported at spec.tier.
  if (isLabelValue(spec.tier)) policy.metadata.labels = { ...policy.metadata.labels, [tierLabel]: spec.tier }
}

/**
 * By the number of rules: an empty list counts as none. Source: spec/api.md I9. (Calico's own layers differ on
 * `egress: []`, I10; this is the reading of its API defaults and its client.)
 */
function inferTypes({ ingress = [], egress = [] }: PolicySpec): Direction[] {
  if (egress.length === 0) return ['Ingress']
  return ingress.length === 0 ? ['Egress'] : ['Ingress', 'Egress']
}
