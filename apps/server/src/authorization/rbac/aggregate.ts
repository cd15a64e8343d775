/**
 * The rules of a cluster role, those of the roles that it aggregates included.
 *
 * Holds   1. Cycles do no harm: a role counts once.
 *         2. The order of the rules depends on the roles' names alone, so that several servers agree.
 * Source  Kubernetes RBAC, "Aggregated ClusterRoles". What the role itself lists is then no longer asked.
 */
import type { ClusterRole, PolicyRule } from '@margay/resources'
import { type LabelRequirement, matchesLabels } from '../../selectors/labels.ts'

type Selector = NonNullable<NonNullable<ClusterRole['aggregationRule']>['clusterRoleSelectors']>[number]

export function effectiveRules(role: ClusterRole, all: Iterable<ClusterRole>): readonly PolicyRule[] {
  if (role.aggregationRule === undefined) return role.rules ?? []
  const candidates = [...all].sort(byName)
  const seen = new Set([role.metadata.name])
  const queue = [role]
  const rules: PolicyRule[] = []
  for (const aggregated of queue) {
    for (const part of candidates.filter((each) => isSelected(aggregated, each))) {
      if (seen.has(part.metadata.name)) continue
      seen.add(part.metadata.name)
      if (part.aggregationRule === undefined) rules.push(...(part.rules ?? []))
      else queue.push(part)
    }
  }
  return withoutRepeats(rules)
}

function byName({ metadata: left }: ClusterRole, { metadata: right }: ClusterRole): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0
}

function withoutRepeats(rules: readonly PolicyRule[]): PolicyRule[] {
  const seen = new Map(rules.map((rule) => [JSON.stringify(rule), rule]))
  return [...seen.values()]
}

function isSelected({ aggregationRule }: ClusterRole, { metadata }: ClusterRole): boolean {
  const selectors = aggregationRule?.clusterRoleSelectors ?? []
  return selectors.some((selector) => matchesLabels(requirementsOf(selector), metadata.labels))
}

function requirementsOf({ matchLabels = {}, matchExpressions = [] }: Selector): LabelRequirement[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({ kind: 'In' as const, key, values: [value] })),
    ...matchExpressions.map(requirementOf),
  ]
}

function requirementOf({
  key,
  operator,
  values = [],
}: NonNullable<Selector['matchExpressions']>[number]): LabelRequirement {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return { kind: operator, key, values }
    case 'Exists':
      return { kind: 'Exists', key }
    case 'DoesNotExist':
      return { kind: 'NotExists', key }
  }
}
