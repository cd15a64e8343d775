/** NetworkPolicy and GlobalNetworkPolicy of projectcalico.org/v3, now and then as their staged kinds. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { maybe, record } from './optional.ts'
import { rules } from './rule.ts'
import { accountSelectors, namespaceSelectors, podSelectors } from './selector.ts'
import { policyTiers } from './tiers.ts'

/** Of equal order, `a-b` and `a.b` come before `a`, and kinds decide between equal names. Source: spec/api.md 4. */
const names = fc.constantFrom('a', 'a-b', 'a.b', 'b')
/** 1000 is the order of all Kubernetes policies. */
const orders = fc.constantFrom(1, 0, 1000, -1, 1.5, 1)
const types = fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress'])

export function networkPolicies(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    kind: kinds('NetworkPolicy'),
    namespace: fc.constantFrom(...namespacesOf(cast)),
    name: names,
    spec: record(commonFields(cast)),
  }).map(({ kind, namespace, name, spec }) => v3(kind, { namespace, name }, spec))
}

export function globalNetworkPolicies(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    kind: kinds('GlobalNetworkPolicy'),
    name: names,
    spec: record({
      ...commonFields(cast),
      namespaceSelector: maybe(20, namespaceSelectors(namespacesOf(cast))),
      applyOnForward: maybe(5, fc.constant(true)),
    }),
  }).map(({ kind, name, spec }) => v3(kind, { name }, spec))
}

/** Of namespaced and of global policies. */
export function commonFields(cast: Cast) {
  return {
    tier: maybe(60, policyTiers),
    order: maybe(70, orders),
    selector: maybe(60, podSelectors(namespacesOf(cast))),
    serviceAccountSelector: maybe(10, accountSelectors),
    types: maybe(40, types),
    ingress: maybe(70, rules(cast, 'ingress')),
    egress: maybe(50, rules(cast, 'egress')),
  }
}

function kinds(enforced: string): fc.Arbitrary<string> {
  return maybe(5, fc.constant(`Staged${enforced}`)).map((staged) => staged ?? enforced)
}

function v3(kind: string, metadata: ResourceObject['metadata'], spec: object): ResourceObject {
  return { apiVersion: 'projectcalico.org/v3', kind, metadata, spec }
}
