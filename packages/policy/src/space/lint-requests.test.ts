/** What is said in vain for connections may not be for the HTTP requests in them, and the other way round. */
import type { ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { describe, expect, test } from 'vitest'
import { findingsIn } from './lint.testkit.ts'
import { unmatchedRequests } from './unmatched-requests.ts'

const world: ResourceObject[] = ['web', 'api'].map((name, i) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: { podIP: `10.0.0.${i + 1}`, podIPs: [{ ip: `10.0.0.${i + 1}` }] },
}))

const policy = (name: string, ...ingress: object[]): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name },
  spec: {
    selector: "app == 'api'",
    types: ['Ingress'],
    ...(name.includes('.') ? { tier: name.split('.')[0] } : {}),
    ingress,
  },
})
const allow = (http?: object) => ({ action: 'Allow', protocol: 'TCP', ...(http && { http }) })
const get = allow({ methods: ['GET'] })
const put = allow({ methods: ['PUT'] })
const asking = (...headers: object[]) => allow({ headers })
const role = (...values: string[]) => ({ header: 'X-Role', operator: 'In', values })
const notRole = (...values: string[]) => ({ header: 'X-Role', operator: 'NotIn', values })
const has = { header: 'X-Debug', operator: 'Exists' }
const hasNot = { header: 'x-debug', operator: 'DoesNotExist' }
const denied = { action: 'Deny', protocol: 'TCP' }
const udp = { action: 'Allow', protocol: 'UDP' }
const first: ResourceObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name: 'first' },
  spec: { order: 1, defaultAction: 'Pass' },
}

function lint(...objects: ResourceObject[]): string[] {
  return findingsIn([...world, ...objects])
}

describe('what matters for requests alone is not in vain', () => {
  test.each<[string, ResourceObject[]]>([
    ['another method', [policy('p', get, put)]],
    ['another header', [policy('p', asking(has), asking(hasNot))]],
    ['a header more, before a rule without it', [policy('p', asking(role('a'), has), asking(role('a')))]],
    ['other values of a header', [policy('p', asking(role('a')), asking(role('a', 'b')))]],
    [
      'a list of values that one is in',
      [
        policy(
          'p',
          asking(role('a')),
          asking(notRole('b')),
          asking({ header: 'X-Role', operator: 'Exists' }),
        ),
      ],
    ],
    [
      'another path',
      [policy('p', allow({ paths: [{ prefix: '/a' }] }), allow({ paths: [{ exact: '/b' }] }))],
    ],
    ['a rule for all, after one for some', [policy('p', get, allow())]],
    ['a rule that denies what is left', [policy('p', get, { action: 'Deny' })]],
    ['a policy after one for other requests', [policy('p', get), policy('q', put)]],
    ['a rule that denies what another policy leaves', [policy('p', get), policy('q', denied, udp)]],
    ['a tier after one that lets some through', [first, policy('first.a', get), policy('p', put)]],
    ['a tier that lets some through', [first, policy('first.a', get), policy('p', put)]],
  ])('%s', (_name, objects) => expect(lint(...objects)).toEqual([]))
})

describe('what is in vain for every request', () => {
  test('a rule for a value that is listed before', () => {
    expect(lint(policy('p', asking(role('a', 'b')), asking(role('b'))))).toEqual([
      'rule-shadowed | p | 1 | gnp:p rule 0: Allow',
    ])
  })

  test('a rule of which others take each header', () => {
    expect(lint(policy('p', asking(has), asking(hasNot), allow({ methods: ['PUT'] })))).toEqual([
      'rule-shadowed | p | 2 | gnp:p rule 0: Allow | gnp:p rule 1: Allow',
    ])
  })

  test('a rule that no request can match', () => {
    const both = asking(has, hasNot)
    const twice = asking(role('a'), role('b'))
    const objects = [
      ...world,
      policy('p', get, both, twice),
      { ...policy('q', both), spec: { selector: 'all()', types: ['Egress'], ingress: [both] } },
    ]
    const found = unmatchedRequests(admitAll(objects)).map(({ check, policy, ruleIndex }) => [
      check,
      policy?.name,
      ruleIndex,
    ])
    expect(found).toEqual([
      ['rule-matches-nobody', 'p', 1],
      ['rule-matches-nobody', 'p', 2],
    ])
  })

  test('a rule of which others take each method', () => {
    expect(lint(policy('p', get, put, allow({ methods: ['PUT', 'GET'] })))).toEqual([
      'rule-shadowed | p | 2 | gnp:p rule 0: Allow | gnp:p rule 1: Allow',
    ])
  })

  test('a rule below a prefix', () => {
    const prefix = allow({ paths: [{ prefix: '/a' }] })
    expect(lint(policy('p', prefix, allow({ paths: [{ exact: '/a/b' }] })))).toEqual([
      'rule-shadowed | p | 1 | gnp:p rule 0: Allow',
    ])
  })

  test('a policy of which another lets all of it through', () => {
    expect(lint(policy('p', get), policy('q', allow({ methods: ['GET', 'PUT'] })))).toEqual([
      'policy-redundant | p',
    ])
  })

  test('a tier behind one that decides each', () => {
    expect(lint(first, policy('first.a', get, { action: 'Deny' }), policy('p', put))).toEqual([
      'policy-redundant | p',
      'tier-without-effect | default',
    ])
  })
})
