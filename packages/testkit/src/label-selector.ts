/** Kubernetes' own label selectors. Source: Kubernetes API, meta/v1 LabelSelector. */
import type { LabelSelector, LabelSelectorRequirement } from '@margay/resources'
import fc from 'fast-check'
import { namespaceLabelValues, nodeLabelValues, podLabelValues } from './labels.ts'
import { maybe, record } from './optional.ts'

export const podLabelSelectors: fc.Arbitrary<LabelSelector> = labelSelectors(podLabelValues)
export const nodeLabelSelectors: fc.Arbitrary<LabelSelector> = labelSelectors(nodeLabelValues)

/** Also by the label in which Kubernetes names each namespace. */
export function namespaceLabelSelectors(namespaces: readonly string[]): fc.Arbitrary<LabelSelector> {
  return labelSelectors({ ...namespaceLabelValues, 'kubernetes.io/metadata.name': namespaces })
}

function labelSelectors(alphabet: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<LabelSelector> {
  const labels = Object.entries(alphabet).flatMap(([key, values]) =>
    values.map((value) => ({ [key]: value })),
  )
  return record({
    matchLabels: maybe(40, fc.constantFrom(...labels)),
    matchExpressions: maybe(25, fc.array(requirements(alphabet), { minLength: 1, maxLength: 2 })),
  })
}

function requirements(
  alphabet: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<LabelSelectorRequirement> {
  return fc.constantFrom(
    ...Object.entries(alphabet).flatMap(([key, values]): LabelSelectorRequirement[] => [
      { key, operator: 'Exists' },
      { key, operator: 'DoesNotExist' },
      { key, operator: 'In', values: [...values.slice(0, 1)] },
      { key, operator: 'In', values: [...values.slice(-2)] },
      { key, operator: 'NotIn', values: [...values.slice(0, 1)] },
    ]),
  )
}
