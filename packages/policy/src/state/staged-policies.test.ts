/** What staged policies would do, and that they do nothing. Source: spec/api.md 7, spec/dataplane.md 2.2.8c. */
import type { ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { formatPolicyRef } from '../model/policy.ts'
import {
  allow,
  deny,
  globalPolicy,
  kubernetesPolicy,
  policy,
  stagedGlobalPolicy,
  stagedKubernetesPolicy,
  stagedPolicy,
  tier,
} from '../reference/cases/objects.testkit.ts'
import { inhabitants } from '../reference/cases/verdicts.testkit.ts'
import { buildPolicyState } from './build-state.ts'

interface Case {
  readonly name: string
  readonly given: readonly ResourceObject[]
  /** Each tier with its policies, as `default: np:shop/a, np:shop/b`. */
  readonly enforced: readonly string[]
  readonly staged: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'a staged policy is beside the enforced ones, in its order',
    given: [
      policy('a', { order: 1, ingress: [allow] }),
      stagedPolicy('b', { order: 2, ingress: [deny] }),
      policy('c', { order: 3, ingress: [allow] }),
    ],
    enforced: ['default: np:shop/a, np:shop/c'],
    staged: ['default: np:shop/a, snp:shop/b, np:shop/c'],
  },
  {
    name: 'a tier of staged policies only is no tier, and would be one with a default action',
    given: [tier('first', { order: 1 }), stagedGlobalPolicy('first.p', { tier: 'first', ingress: [allow] })],
    enforced: [],
    staged: ['first: sgnp:first.p'],
  },
  {
    name: 'it takes the place of the policy of its name, of its own kind only',
    given: [
      policy('p', { ingress: [allow] }),
      kubernetesPolicy('p', {}),
      globalPolicy('p', { ingress: [allow] }),
      stagedPolicy('p', { ingress: [deny] }),
    ],
    enforced: ['default: knp:shop/p, gnp:p, np:shop/p'],
    staged: ['default: knp:shop/p, gnp:p, snp:shop/p'],
  },
  {
    name: 'of Kubernetes and of no namespace too',
    given: [
      kubernetesPolicy('p', {}),
      globalPolicy('q', { ingress: [allow] }),
      stagedKubernetesPolicy('p', {}),
      stagedGlobalPolicy('q', { ingress: [deny] }),
    ],
    enforced: ['default: knp:shop/p, gnp:q'],
    staged: ['default: sknp:shop/p, sgnp:q'],
  },
  {
    name: 'of equal order and name it stands where the enforced kind would',
    given: [
      stagedGlobalPolicy('a', { ingress: [deny], order: 1 }),
      policy('a', { ingress: [deny], order: 1 }),
      stagedPolicy('a-b', { ingress: [deny], order: 1 }),
    ],
    enforced: ['default: np:shop/a'],
    staged: ['default: snp:shop/a-b, sgnp:a, np:shop/a'],
  },
  {
    name: 'Delete takes the policy of its name away',
    given: [
      policy('p', { ingress: [allow] }),
      policy('q', { ingress: [allow] }),
      stagedPolicy('p', { stagedAction: 'Delete' }),
      stagedGlobalPolicy('q', { stagedAction: 'Delete' }),
    ],
    enforced: ['default: np:shop/p, np:shop/q'],
    staged: ['default: np:shop/q'],
  },
  {
    name: 'Learn and Ignore are as Set',
    given: [
      stagedPolicy('p', { stagedAction: 'Learn', ingress: [allow] }),
      stagedPolicy('q', { stagedAction: 'Ignore', ingress: [allow] }),
    ],
    enforced: [],
    staged: ['default: snp:shop/p, snp:shop/q'],
  },
  {
    name: 'the directions are those of the enforced form',
    given: [stagedPolicy('p', { egress: [allow] }), stagedKubernetesPolicy('q', { egress: [{}] })],
    enforced: [],
    staged: ['default: sknp:shop/q'],
  },
]

test.each(cases)('$name', ({ given, enforced, staged }) => {
  const { state, problems } = buildPolicyState(admitAll([...inhabitants, ...given]))
  const db = state.endpoints.get('shop/db') ?? expect.fail('no pod')
  const tiers = (options?: { staged: boolean }) =>
    state
      .effectivePolicy(db, 'Ingress', options)
      .tiers.map((it) => `${it.name}: ${it.policies.map(({ ref }) => formatPolicyRef(ref)).join(', ')}`)
  expect(problems).toEqual([])
  expect(tiers()).toEqual(enforced)
  expect(tiers({ staged: true })).toEqual(staged)
  expect(tiers({ staged: false })).toEqual(enforced)
})

test('what can not be understood of a staged policy is told of the staged policy', () => {
  const broken = stagedPolicy('p', { ingress: [{ action: 'Allow', protocol: 'GRE' }] })
  const { problems } = buildPolicyState([broken as never])
  expect(problems).toEqual([
    {
      policy: { kind: 'StagedNetworkPolicy', namespace: 'shop', name: 'p' },
      message: 'rule 0: unknown protocol "GRE"',
    },
  ])
})
