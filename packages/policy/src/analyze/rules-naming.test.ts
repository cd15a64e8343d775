import { admit, type Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { buildPolicyState } from '../state/build-state.ts'
import { rulesNaming } from './rules-naming.ts'

function admitted(kind: string, name: string, spec: object, labels = {}): Resource {
  const admission = admit({ apiVersion: 'projectcalico.org/v3', kind, metadata: { name, labels }, spec })
  return admission.ok ? admission.resource : expect.fail(JSON.stringify(admission.issues))
}

const allow = (destination: object, action = 'Allow') => ({ action, destination })
const { state } = buildPolicyState([
  admitted('GlobalNetworkPolicy', 'partners', {
    order: 1,
    types: ['Egress'],
    egress: [allow({ domains: ['api.partner.net'] }), allow({ domains: ['*.example.com', 'www.*'] })],
  }),
  admitted('GlobalNetworkPolicy', 'mirrors', {
    order: 2,
    types: ['Egress'],
    egress: [allow({ selector: "kind == 'mirror'" }, 'Deny'), allow({ selector: "kind == 'mirror'" })],
  }),
  admitted('GlobalNetworkSet', 'debian', { allowedEgressDomains: ['www.example.com'] }, { kind: 'mirror' }),
  admitted('GlobalNetworkSet', 'other', { allowedEgressDomains: ['www.example.com'] }, { kind: 'other' }),
])

test('rules that give a name, and those that select a network set which gives it', () => {
  const found = rulesNaming(state, 'www.example.com')
  expect(
    found.map(({ policy, rule, pattern, networkSet }) => [policy.name, rule, pattern, networkSet]),
  ).toEqual([
    ['partners', 1, '*.example.com', undefined],
    ['mirrors', 1, 'www.example.com', 'debian'],
  ])
})

test('a name of which nobody speaks', () => {
  expect(rulesNaming(state, 'example.com')).toEqual([])
})
