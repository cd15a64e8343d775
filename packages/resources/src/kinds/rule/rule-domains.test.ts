/** Source: spec/dataplane.md 7.1. */
import { expect, test } from 'vitest'
import { admit } from '../admit.ts'
import {
  egress,
  globalNamedSet,
  globalPolicy,
  ingress,
  issuePaths,
  namedSet,
  profile,
  stagedGlobalPolicy,
  stagedPolicy,
} from '../examples.testkit.ts'

const domains = ['www.example.com', '*.Example.com', 'update.*.example.com', 'www.*', '*']
const to = 'spec.egress[0].destination'
const rule = { action: 'Allow', destination: { domains } }

test.each([
  egress(rule),
  ...[globalPolicy, stagedPolicy, stagedGlobalPolicy, profile].map((it) => it({ egress: [rule] })),
])('egress rules that allow may have domains: %j', (input) => expect(issuePaths(input)).toEqual([]))

test.each<[object, string]>([
  [ingress({ destination: { domains } }), 'spec.ingress[0].destination.domains'],
  [ingress({ source: { domains } }), 'spec.ingress[0].source.domains'],
  [egress({ source: { domains } }), 'spec.egress[0].source.domains'],
  ...['Deny', 'Log', 'Pass'].map(
    (action) => [egress({ ...rule, action }), `${to}.domains`] as [object, string],
  ),
])('nothing else may: %j', (input, path) => {
  expect(issuePaths(input)).toEqual([path])
})

test('an empty list is none, wherever it is', () => {
  expect(issuePaths(ingress({ source: { domains: [] } }))).toEqual([])
  expect(issuePaths(egress({ action: 'Deny', destination: { domains: [], selector: 'all()' } }))).toEqual([])
})

test.each([
  ['nets', { nets: ['203.0.113.0/24'] }],
  ['selector', { selector: 'all()' }],
  ['namespaceSelector', { namespaceSelector: 'global()' }],
  ['serviceAccounts', { serviceAccounts: { names: ['web'] } }],
  ['services', { services: { name: 's', namespace: 'n' } }],
])('beside domains there is no %s', (field, other) => {
  expect(issuePaths(egress({ destination: { domains, ...other } }))).toEqual([`${to}.${field}`])
})

test.each([
  { notNets: ['203.0.113.0/24'] },
  { notSelector: 'has(blocked)' },
  { ports: [443] },
  { notPorts: [80] },
  { nets: [], selector: '', namespaceSelector: '' },
])('beside domains there may be %j', (other) => {
  expect(issuePaths(egress({ protocol: 'TCP', destination: { domains, ...other } }))).toEqual([])
})

test.each(['', 'example.com.', 'www.g*', '*.*.com', '-a.com', 'a b', 'ä.example', 'https://example.com'])(
  '%j is no name, in rules and in sets',
  (name) => {
    expect(issuePaths(egress({ destination: { domains: ['a', name] } }))).toEqual([`${to}.domains[1]`])
    for (const set of [namedSet, globalNamedSet])
      expect(issuePaths(set(['a', name]))).toEqual(['spec.allowedEgressDomains[1]'])
  },
)

test('a set has names in any form, each once', () => {
  for (const set of [namedSet, globalNamedSet]) {
    expect(issuePaths(set(domains))).toEqual([])
    expect(issuePaths(set(['a.com', 'a.com']))).toEqual(['spec.allowedEgressDomains[1]'])
  }
})

test('a rule has at most 256, each once', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `n${i}.com`)
  expect(issuePaths(egress({ destination: { domains: many(256) } }))).toEqual([])
  expect(issuePaths(egress({ destination: { domains: many(257) } }))).toEqual([`${to}.domains`])
  expect(issuePaths(egress({ destination: { domains: ['a.com', 'a.com'] } }))).toEqual([`${to}.domains[1]`])
})

test('the message says what is allowed', () => {
  const admission = admit(egress({ destination: { domains: ['*.a.*'] } }))
  const messages = admission.ok ? [] : admission.issues.map(({ message }) => message)
  expect(messages).toEqual([expect.stringMatching(/^must be .*\*\.example\.com, but is "\*\.a\.\*"$/)])
})
