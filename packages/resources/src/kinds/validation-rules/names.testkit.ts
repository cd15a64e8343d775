/** Names of policies and tiers. Numbers of rules: spec/api.md 2.1. */
import { globalPolicy, networkPolicy, stagedGlobalPolicy, stagedPolicy, tier } from '../examples.testkit.ts'
import type { RuleCases } from './rule-cases.testkit.ts'

export const nameRules: readonly RuleCases[] = [
  {
    rule: 55,
    says: 'a policy of a namespace is called "name" or "tier.name", or as an imported one',
    accepts: [
      ...['a', 'tier.a', 'knp.default.a.b.c', 'ossg.default.x'].map((name) => networkPolicy({}, name)),
      stagedPolicy({}, 'tier.a'),
    ],
    rejects: ['a.b.c', 'A', 'a_b', '-a', 'a.', '', 'knp.default.', 'x'.repeat(254)].flatMap((name) => [
      [networkPolicy({}, name), 'metadata.name'] as const,
      [stagedPolicy({}, name), 'metadata.name'] as const,
    ]),
  },
  {
    rule: 56,
    says: 'a global policy is called "name" or "tier.name"',
    accepts: [globalPolicy({}, 'sec.a'), stagedGlobalPolicy({}, 'a')],
    rejects: ['a.b.c', 'knp.default.a', 'a b'].flatMap((name) => [
      [globalPolicy({}, name), 'metadata.name'] as const,
      [stagedGlobalPolicy({}, name), 'metadata.name'] as const,
    ]),
  },
  {
    rule: 57,
    says: 'a tier has a name without dots of at most 63 characters',
    accepts: [tier('sec', {}), tier('x'.repeat(63), {})],
    rejects: ['a.b', 'x'.repeat(64), 'Sec'].map((name) => [tier(name, {}), 'metadata.name'] as const),
  },
]
