/** Global policies for each stage of host endpoints. Source: spec/api.md 2.1, rules 49 to 52. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { commonFields } from './calico-policies.ts'
import { type Cast, namespacesOf } from './cast.ts'
import { maybe, record } from './optional.ts'
import { rules } from './rule.ts'
import { namespaceSelectors, podSelectors } from './selector.ts'

/** What is untracked is about one interface only, and so it is seldom met. */
const stages = fc.constantFrom('Normal', 'Forward', 'PreDNAT', 'Untracked', 'Untracked', 'Untracked')

export function hostPolicies(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    name: fc.constantFrom('h', 'h-1', 'i', 'j'),
    stage: stages,
    spec: record({
      ...commonFields(cast),
      selector: maybe(25, podSelectors(namespacesOf(cast))),
      ingress: maybe(85, rules(cast, 'ingress')),
      egress: maybe(75, rules(cast, 'egress')),
      serviceAccountSelector: fc.constant(undefined),
      namespaceSelector: maybe(5, namespaceSelectors(namespacesOf(cast))),
    }),
  }).map(({ name, stage, spec }) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name },
    spec: atStage(stage, spec),
  }))
}

function atStage(
  stage: string,
  spec: { readonly types?: readonly string[]; readonly egress?: object },
): object {
  const { types, egress, ...rest } = spec
  switch (stage) {
    case 'PreDNAT':
      return { ...rest, preDNAT: true, applyOnForward: true, types: ['Ingress'] }
    case 'Untracked':
      return { ...spec, doNotTrack: true, applyOnForward: true }
    case 'Forward':
      return { ...spec, applyOnForward: true }
    default:
      return spec
  }
}
