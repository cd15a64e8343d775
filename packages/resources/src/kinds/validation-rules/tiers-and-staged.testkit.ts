/** Tiers, and policies that are only watched. Numbers of rules: spec/api.md 2.1. */
import { stagedGlobalPolicy, stagedKubernetesPolicy, stagedPolicy, tier } from '../examples.testkit.ts'
import { out, type RuleCases, rule } from './rule-cases.testkit.ts'

export const tierAndStagedRules: readonly RuleCases[] = [
  {
    // Allow is ours: Calico's own API has Deny and Pass only.
    rule: 58,
    says: 'a tier ends in one of three actions',
    accepts: ['Deny', 'Pass', 'Allow'].map((defaultAction) => tier('sec', { defaultAction })),
    rejects: ['Log', 'pass', ''].map(
      (defaultAction) => [tier('sec', { defaultAction }), 'spec.defaultAction'] as const,
    ),
  },
  {
    rule: 59,
    says: 'the built-in tiers keep their order and their default action',
    accepts: [
      tier('default', { order: 1e6, defaultAction: 'Deny' }),
      tier('default', {}),
      tier('kube-admin', { order: 1000, defaultAction: 'Pass' }),
      tier('kube-baseline', { order: 1e7, defaultAction: 'Pass' }),
      tier('adminnetworkpolicy', { order: 1000, defaultAction: 'Pass' }),
      tier('baselineadminnetworkpolicy', { order: 1e7, defaultAction: 'Pass' }),
    ],
    rejects: [
      [tier('default', { defaultAction: 'Pass' }), 'spec.defaultAction'],
      [tier('default', { defaultAction: 'Allow' }), 'spec.defaultAction'],
      [tier('default', { order: 10 }), 'spec.order'],
      [tier('kube-admin', { defaultAction: 'Pass' }), 'spec.order'],
      [tier('kube-baseline', { order: 1e7 }), 'spec.defaultAction'],
      [tier('adminnetworkpolicy', { order: 1, defaultAction: 'Pass' }), 'spec.order'],
      [tier('baselineadminnetworkpolicy', { order: 1e7 }), 'spec.defaultAction'],
    ],
  },
  {
    rule: 60,
    says: 'a staged deletion says nothing else',
    accepts: [
      stagedPolicy({ stagedAction: 'Delete', tier: 'sec' }),
      stagedGlobalPolicy({ stagedAction: 'Delete', selector: '', doNotTrack: false }),
      stagedKubernetesPolicy({ stagedAction: 'Delete', podSelector: {} }),
    ],
    rejects: [
      [stagedPolicy({ stagedAction: 'Delete', selector: 'all()' }), 'spec.selector'],
      [stagedPolicy({ stagedAction: 'Delete', types: ['Ingress'] }), 'spec.types'],
      [stagedGlobalPolicy({ stagedAction: 'Delete', order: 0 }), 'spec.order'],
      [stagedKubernetesPolicy({ stagedAction: 'Delete', policyTypes: ['Ingress'] }), 'spec.policyTypes'],
    ],
  },
  {
    rule: 61,
    says: 'another staged policy obeys the rules of the enforced one',
    accepts: [
      stagedPolicy({ stagedAction: 'Set', ingress: [{ action: 'Allow', http: {} }] }),
      stagedKubernetesPolicy({ stagedAction: 'Learn', ingress: [{}] }),
    ],
    rejects: [
      [stagedPolicy({ stagedAction: 'Set', egress: [{ action: 'Allow', http: {} }] }), `${out}.http`],
      [stagedGlobalPolicy({ stagedAction: 'Ignore', preDNAT: true }), 'spec.applyOnForward'],
      [stagedPolicy({ stagedAction: 'Keep' }), 'spec.stagedAction'],
      [
        stagedKubernetesPolicy({ ingress: [{ ports: [{ port: 'http', endPort: 90 }] }] }),
        `${rule}.ports[0].endPort`,
      ],
      [
        stagedKubernetesPolicy({ ingress: [{ from: [{ ipBlock: { cidr: 'x' } }] }] }),
        `${rule}.from[0].ipBlock.cidr`,
      ],
    ],
  },
]
