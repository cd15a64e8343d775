/** Selectors of the v3 API, as texts. Grammar: spec/api.md 3.1. */
import fc from 'fast-check'
import { accountLabelValues, accountNames, namespaceLabelValues, podLabelValues } from './labels.ts'

/** Over what pods and network sets carry, their namespace and service account among it. */
export function podSelectors(namespaces: readonly string[]): fc.Arbitrary<string> {
  return expressions([
    ...termsOf(podLabelValues),
    ...termsOf({ 'projectcalico.org/namespace': namespaces }),
    ...termsOf({ 'projectcalico.org/serviceaccount': accountNames }),
    ...termsOf({ 'pcns.team': ['x', 'y'] }),
  ])
}

/** Over what namespaces carry; never `global()`, which only a rule's side may say. */
export function namespaceSelectors(namespaces: readonly string[]): fc.Arbitrary<string> {
  return expressions([
    ...termsOf(namespaceLabelValues),
    ...termsOf({ 'projectcalico.org/name': namespaces, 'kubernetes.io/metadata.name': namespaces }),
  ])
}

export const accountSelectors: fc.Arbitrary<string> = expressions([
  ...termsOf(accountLabelValues),
  ...termsOf({ 'projectcalico.org/name': accountNames }),
])

/** Each operator at least once for each key. */
function termsOf(alphabet: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(alphabet).flatMap(([key, values]) => [
    ...values.flatMap((value) => [`${key} == '${value}'`, `${key} != '${value}'`]),
    `has(${key})`,
    `${key} in {'${values[0]}', '${values.at(-1)}'}`,
    `${key} not in {'${values[0]}'}`,
    `${key} starts with '${values[0]?.slice(0, 1)}'`,
    `${key} ends with '${values[0]?.slice(-1)}'`,
    `${key} contains '${values[0]?.slice(0, 2)}'`,
  ])
}

/** Mostly one term; else two of them joined or one negated. */
function expressions(terms: readonly string[]): fc.Arbitrary<string> {
  const term = fc.constantFrom('all()', ...terms)
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: term },
    { weight: 1, arbitrary: term.map((inner) => `!(${inner})`) },
    { weight: 1, arbitrary: fc.tuple(term, term).map((both) => both.join(' && ')) },
    { weight: 1, arbitrary: fc.tuple(term, term).map((both) => both.join(' || ')) },
  )
}
