/**
 * From Kubernetes' label selectors to ours. Source: Kubernetes API, meta/v1 LabelSelector; spec/api.md 5.1.
 *
 * Both agree on absent labels: NotIn and DoesNotExist hold. A key or value that no object can carry is decided here,
 * so that even a selector that was never validated converts to exactly what it means.
 */
import type { LabelSelector, LabelSelectorRequirement } from '../kinds/label-selector/schema.ts'
import { isLabelValue, isQualifiedName } from '../kinds/meta/names.ts'
import { and, equals, formatSelector, has, isIn, isNotIn, not, type Selector } from '../selector/index.ts'
import { orchestratorLabel } from './labels.ts'

/** Selects pods, and neither network sets nor hosts. An absent or empty selector selects all of them. */
export function podSelectorText(selector: LabelSelector | undefined): string {
  return formatSelector(and(equals(orchestratorLabel, 'k8s'), ...labelSelectorTerms(selector)))
}

/** Selects namespaces by their own labels, as the `namespaceSelector` of a rule does; `all()` if it is empty. */
export function namespaceSelectorText(selector: LabelSelector | undefined): string {
  return formatSelector(labelSelectorToSelector(selector))
}

/** Selects objects by their own labels. */
export function labelSelectorToSelector(selector: LabelSelector | undefined): Selector {
  return and(...labelSelectorTerms(selector))
}

/** All of these must hold: matchLabels by key, then matchExpressions as written. */
function labelSelectorTerms({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): Selector[] {
  const labels = Object.entries(matchLabels).sort(([left], [right]) => (left < right ? -1 : 1))
  return [...labels.map(([key, value]) => labelTerm(key, value)), ...matchExpressions.map(requirementTerm)]
}

function labelTerm(key: string, value: string): Selector {
  return isQualifiedName(key) && isLabelValue(value) ? equals(key, value) : nothing
}

function requirementTerm({ key, operator, values = [] }: LabelSelectorRequirement): Selector {
  const isAbsentOk = operator === 'NotIn' || operator === 'DoesNotExist'
  if (!isQualifiedName(key)) return isAbsentOk ? everything : nothing
  switch (operator) {
    case 'In':
      return isIn(key, values.filter(isLabelValue))
    case 'NotIn':
      return isNotIn(key, values.filter(isLabelValue))
    case 'Exists':
      return has(key)
    case 'DoesNotExist':
      return not(has(key))
  }
}

// Not `all()` and its negation: within the namespace selector of a rule, `all()` has a meaning of its own.
const nothing = isIn(orchestratorLabel, [])
const everything = isNotIn(orchestratorLabel, [])
