/** Source: Kubernetes API validation of meta/v1 LabelSelector. */
import { forbidden, type Issue, required } from '../../schema/issue.ts'
import { checkLabelKey, checkLabels, checkLabelValue } from '../meta/check-metadata.ts'
import type { LabelSelector, LabelSelectorRequirement } from './schema.ts'

export function* checkLabelSelector(selector: LabelSelector | undefined, path: string): Iterable<Issue> {
  yield* checkLabels(selector?.matchLabels ?? {}, `${path}.matchLabels`)
  for (const [index, expression] of (selector?.matchExpressions ?? []).entries()) {
    yield* checkRequirement(expression, `${path}.matchExpressions[${index}]`)
  }
}

function* checkRequirement(expression: LabelSelectorRequirement, path: string): Iterable<Issue> {
  yield* checkLabelKey(expression.key, `${path}.key`)
  const values = expression.values ?? []
  const takesValues = expression.operator === 'In' || expression.operator === 'NotIn'
  if (takesValues && values.length === 0)
    yield required(`${path}.values`, `${expression.operator} needs at least one value`)
  if (!takesValues && values.length > 0)
    yield forbidden(`${path}.values`, `${expression.operator} takes no values`)
  for (const [index, value] of values.entries()) yield* checkLabelValue(value, `${path}.values[${index}]`)
}
