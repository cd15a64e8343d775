import { describe, expect, test } from 'vitest'
import { admit } from './admit.ts'
import { findKind, findKindByAlias, findKindByPlural, kindDefinitions } from './registry.ts'
import { builtInTiers } from './tier/built-in-tiers.ts'

const found = (alias: string) => findKindByAlias(alias).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)

test.each(kindDefinitions)('$apiVersion $kind is found by kind and by plural', (definition) => {
  expect(findKind(definition.apiVersion, definition.kind)).toBe(definition)
  expect(findKindByPlural(definition.group, definition.version, definition.plural)).toBe(definition)
})

describe('aliases', () => {
  const calico = 'projectcalico.org/v3 NetworkPolicy'
  const kubernetes = 'networking.k8s.io/v1 NetworkPolicy'
  test.each([
    ['po', ['v1 Pod']],
    ['Pods', ['v1 Pod']],
    ['pods.v1', ['v1 Pod']],
    ['networkpolicies', [kubernetes, calico]],
    ['NetworkPolicy', [kubernetes, calico]],
    ['netpol', [kubernetes]],
    ['networkpolicies.projectcalico.org', [calico]],
    ['networkpolicy.v3.projectcalico.org', [calico]],
    ['networkpolicies.v1.networking.k8s.io', [kubernetes]],
    ['cnp', [calico, 'policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy']],
    ['anp', ['policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy']],
    ['banp', ['policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy']],
    ['assertions', ['policy.margay.io/v1alpha1 NetworkAssertion']],
    ['gnp', ['projectcalico.org/v3 GlobalNetworkPolicy']],
    ['pods.projectcalico.org', []],
    ['', []],
    ['constructor', []],
  ])('%s', (alias, kinds) => expect(found(alias)).toEqual(kinds))

  test('within a group, no two kinds share one', () => {
    const names = kindDefinitions.flatMap(({ group, plural, singular, shortNames }) =>
      [plural, singular, ...shortNames].map((name) => `${group} ${name}`),
    )
    expect(new Set(names).size).toBe(names.length)
  })
})

test('built-in tiers are valid, and admission changes nothing in them', () => {
  for (const tier of builtInTiers)
    expect(admit(tier)).toMatchObject({ ok: true, resource: tier, warnings: [] })
})
