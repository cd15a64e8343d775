/** What a policy is as a whole. Numbers of rules: spec/api.md 2.1. */
import { globalPolicy, ingress, networkPolicy, profile, stagedGlobalPolicy } from '../examples.testkit.ts'
import { many, type RuleCases, rule } from './rule-cases.testkit.ts'

export const policyRules: readonly RuleCases[] = [
  {
    rule: 47,
    says: 'a policy has at most 1,024 rules in a direction',
    accepts: [networkPolicy({ ingress: many(1024, () => ({ action: 'Allow' })) })],
    rejects: [
      [networkPolicy({ egress: many(1025, () => ({ action: 'Allow' })) }), 'spec.egress'],
      [stagedGlobalPolicy({ ingress: many(1025, () => ({ action: 'Allow' })) }), 'spec.ingress'],
      [profile({ ingress: many(1025, () => ({ action: 'Allow' })) }), 'spec.ingress'],
    ],
  },
  {
    rule: 48,
    says: 'types are one or two, each once',
    accepts: [networkPolicy({ types: ['Ingress'] }), networkPolicy({ types: ['Egress', 'Ingress'] })],
    rejects: [
      [networkPolicy({ types: [] }), 'spec.types'],
      [networkPolicy({ types: ['Ingress', 'Ingress'] }), 'spec.types[1]'],
      [networkPolicy({ types: ['ingress'] }), 'spec.types[0]'],
    ],
  },
  {
    rule: 49,
    says: 'a policy acts before connection tracking or before address translation, not both',
    accepts: [globalPolicy({ doNotTrack: true, applyOnForward: true })],
    rejects: [[globalPolicy({ doNotTrack: true, preDNAT: true, applyOnForward: true }), 'spec.preDNAT']],
  },
  {
    rule: 50,
    says: 'before address translation there are no egress rules',
    accepts: [
      globalPolicy({ preDNAT: true, applyOnForward: true, ingress: [{ action: 'Allow' }] }),
      globalPolicy({ doNotTrack: true, applyOnForward: true, egress: [{ action: 'Allow' }] }),
    ],
    rejects: [
      [globalPolicy({ preDNAT: true, applyOnForward: true, egress: [{ action: 'Allow' }] }), 'spec.egress'],
    ],
  },
  {
    rule: 51,
    says: 'before address translation there is no egress',
    accepts: [globalPolicy({ preDNAT: true, applyOnForward: true, types: ['Ingress'] })],
    rejects: [
      [globalPolicy({ preDNAT: true, applyOnForward: true, types: ['Ingress', 'Egress'] }), 'spec.types'],
    ],
  },
  {
    rule: 52,
    says: 'a policy that acts early applies to forwarded packets',
    accepts: [globalPolicy({ preDNAT: true, applyOnForward: true }), globalPolicy({ applyOnForward: true })],
    rejects: [
      [globalPolicy({ doNotTrack: true }), 'spec.applyOnForward'],
      [globalPolicy({ preDNAT: true, applyOnForward: false }), 'spec.applyOnForward'],
    ],
  },
  {
    rule: 53,
    says: 'hints are known ones, each once',
    accepts: [networkPolicy({ performanceHints: ['AssumeNeededOnEveryNode'] })],
    rejects: [
      [networkPolicy({ performanceHints: ['other'] }), 'spec.performanceHints[0]'],
      [
        networkPolicy({ performanceHints: ['AssumeNeededOnEveryNode', 'AssumeNeededOnEveryNode'] }),
        'spec.performanceHints[1]',
      ],
    ],
  },
  {
    rule: 54,
    says: 'a tier is named by what can be a name',
    accepts: [networkPolicy({ tier: 'sec' }), globalPolicy({ tier: '' })],
    rejects: [
      [networkPolicy({ tier: 'Sec_1' }), 'spec.tier'],
      [stagedGlobalPolicy({ tier: '-a' }), 'spec.tier'],
    ],
  },
  {
    rule: 62,
    says: 'annotations have qualified keys and at most 256 KiB',
    accepts: [
      ingress({ metadata: { annotations: { 'a/b': 'x', 'Upper.Case/Key': '' } } }),
      ingress({ metadata: { annotations: { a: 'x'.repeat(256 * 1024 - 1) } } }),
    ],
    rejects: [
      [ingress({ metadata: { annotations: { 'a b': 'x' } } }), `${rule}.metadata.annotations[a b]`],
      [ingress({ metadata: { annotations: { a: 'x'.repeat(256 * 1024) } } }), `${rule}.metadata.annotations`],
      [ingress({ metadata: { annotations: { a: '€'.repeat(100_000) } } }), `${rule}.metadata.annotations`],
    ],
  },
  {
    rule: 70,
    says: 'any number of rules may log or pass',
    accepts: [networkPolicy({ ingress: [{ action: 'Log' }, { action: 'Pass' }, { action: 'Deny' }] })],
    rejects: [],
  },
]
