/** What was never admitted, and can't be understood, denies and is reported; it never opens. Source: docs/architecture.md; spec/api.md I22, 5.1, 5.5. */
import type { Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import {
  adminPolicy,
  allow,
  baselinePolicy,
  clusterPolicy,
  globalPolicy,
  kubernetesPolicy,
  pass,
  policy,
  tier,
} from '../reference/cases/objects.testkit.ts'
import { verdictOf } from '../reference/cases/verdicts.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'

const toDb = 'shop/web > shop/db TCP 80'
const ofDb = "app == 'db'"
const broken = (rule: object) => policy('p', { selector: ofDb, ingress: [rule, allow] })
const egress = (action: string, networks: string[]) =>
  clusterPolicy('p', { egress: [{ action, to: [{ networks }] }] })

test.each([
  ['a net that is none', broken({ ...allow, source: { nets: ['10.0.0/8'] } })],
  ['a net that is none, negated', broken({ ...allow, source: { notNets: ['nonsense'] } })],
  ['a net that is none, among others', broken({ ...pass, source: { nets: ['203.0.113.0/24', 'nonsense'] } })],
  ['an action that is none', broken({ action: 'Redirect' })],
  ['an IP version that is none', broken({ ...allow, ipVersion: 5 })],
  ['a protocol that is none', broken({ ...allow, protocol: 'GRE' })],
  ['a negated protocol that is none', broken({ ...allow, notProtocol: 'tcp' })],
  ['a range that descends', broken({ ...allow, protocol: 'TCP', destination: { ports: ['90:80'] } })],
  ['a port too large', broken({ ...allow, protocol: 'TCP', destination: { notPorts: [65_536] } })],
  ['a path of http that says nothing', broken({ ...allow, http: { paths: [{}] } })],
  ['names where there may be none', broken({ ...allow, destination: { domains: ['example.com'] } })],
  ['a name that is none', broken({ ...allow, source: { domains: ['*.*'] } })],
  ['a selector that is none', broken({ ...allow, source: { selector: 'has(' } })],
  ['a negated selector that is none', broken({ ...allow, source: { notSelector: '&&' } })],
  ['a namespace selector that is none', broken({ ...allow, source: { namespaceSelector: 'a = b' } })],
  [
    'a service account selector that is none',
    broken({ ...allow, source: { serviceAccounts: { selector: '(' } } }),
  ],
])('%s: the rule denies in its place, and is reported', (_, object) => {
  expect(verdictOf([unadmitted(object)], toDb)).toBe('Deny')
  expect(problemsOf(object)).toEqual([expect.stringMatching(/^rule 0: ./)])
})

test.each([
  ['selector', policy('p', { selector: 'has(', ingress: [allow] })],
  ['serviceAccountSelector', policy('p', { serviceAccountSelector: 'has(', ingress: [allow] })],
  ['selector', globalPolicy('p', { selector: 'has(', ingress: [allow] })],
  ['namespaceSelector', globalPolicy('p', { namespaceSelector: 'has(', ingress: [allow] })],
])('a policy whose %s is none denies wherever it could apply, in both directions', (_, object) => {
  expect(verdictOf([unadmitted(object)], toDb)).toBe('Deny')
  expect(verdictOf([unadmitted(object)], 'shop/web > 203.0.113.9 TCP 80')).toBe('Deny')
  const elsewhere = object.metadata.namespace === undefined ? 'Deny' : 'Allow'
  expect(verdictOf([unadmitted(object)], 'bank/teller > 203.0.113.9 TCP 80')).toBe(elsewhere)
  expect(problemsOf(object)).toHaveLength(1)
})

test('a tier whose default action is none of those known denies', () => {
  const inTier = globalPolicy('p', { tier: 'sec', types: ['Ingress'] })
  const ending = (defaultAction: string) => [tier('sec', { order: 1, defaultAction }), inTier].map(unadmitted)
  expect(verdictOf(ending('Continue'), toDb)).toBe('Deny')
  expect(verdictOf(ending('pass'), toDb)).toBe('Deny')
  expect(verdictOf(ending('Pass'), toDb)).toBe('Allow')
  expect(buildPolicyState(ending('pass')).state.tiers[0]?.defaultAction).toBe('Deny')
})

test('a policy that can not be understood does not stop the others', () => {
  const others = [policy('a', { order: 1, selector: ofDb, ingress: [allow] })]
  expect(verdictOf([policy('p', { selector: 'has(' }), ...others].map(unadmitted), toDb)).toBe('Deny')
  expect(verdictOf([broken({ ...allow, protocol: 'GRE' }), ...others].map(unadmitted), toDb)).toBe('Allow')
})

test('a rule of a Kubernetes policy that fails vanishes, so that what it would have allowed is denied', () => {
  const bad = { from: [{ ipBlock: { cidr: 'nonsense' } }] }
  expect(verdictOf([unadmitted(kubernetesPolicy('p', { ingress: [bad] }))], toDb)).toBe('Deny')
  expect(verdictOf([unadmitted(kubernetesPolicy('p', { ingress: [bad, {}] }))], toDb)).toBe('Allow')
})

test('a rule of a cluster policy that fails denies everything if it denied or passed, and vanishes if it accepted', () => {
  const toAnybody = 'shop/db > 203.0.113.9 TCP 80'
  expect(verdictOf([unadmitted(egress('Deny', ['nonsense']))], toAnybody)).toBe('Deny')
  expect(verdictOf([unadmitted(egress('Pass', ['nonsense']))], toAnybody)).toBe('Deny')
  expect(verdictOf([unadmitted(egress('Accept', ['nonsense']))], toAnybody)).toBe('Allow')
})

test.each([
  ['admin', (action: string) => adminPolicy('p', { egress: [{ action, to: [{ networks: ['nonsense'] }] }] })],
  [
    'baseline',
    (action: string) => baselinePolicy({ egress: [{ action, to: [{ networks: ['nonsense'] }] }] }),
  ],
])('so does a rule of an %s policy', (_, of) => {
  const toAnybody = 'shop/db > 203.0.113.9 TCP 80'
  expect(verdictOf([unadmitted(of('Deny'))], toAnybody)).toBe('Deny')
  expect(verdictOf([unadmitted(of('Pass'))], toAnybody)).toBe('Deny')
  expect(verdictOf([unadmitted(of('Allow'))], toAnybody)).toBe('Allow')
  expect(problemsOf(of('Deny'))).toEqual([expect.stringContaining('spec.egress[0].to[0].networks[0]')])
})

function problemsOf(object: unknown): string[] {
  return buildPolicyState([unadmitted(object)]).problems.map(({ message }) => message)
}

function unadmitted(object: unknown): Resource {
  return object as Resource
}
