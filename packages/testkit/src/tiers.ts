/** Tiers, among them ones of equal order, ones without an order, and one that policies name but nobody makes. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { maybe, record, someOf } from './optional.ts'

const ownTiers = ['alpha', 'beta', 'zeta'] as const

/** A million is where the tier `default` is, and where a tier without an order is. Source: spec/api.md 1.1. */
const orders = fc.constantFrom(10, 20, 10, 1_000_000, 20_000_000)

/** A tier that is missing is one that policies name all the same. */
export const tiers: fc.Arbitrary<ResourceObject[]> = someOf(
  ownTiers.map((name) =>
    record({
      order: maybe(75, orders),
      defaultAction: maybe(85, fc.constantFrom('Pass', 'Deny', 'Allow', 'Pass')),
    }).map((spec) => ({ apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name }, spec })),
  ),
  90,
)

/** Of policies of the cluster's administrator, in both versions of their API; other policies may stand there too. */
const administratorTiers = [
  'kube-admin',
  'kube-baseline',
  'adminnetworkpolicy',
  'baselineadminnetworkpolicy',
] as const

/** The tiers that policies are in. Nobody makes `ghost`: it comes last, and denies. Source: spec/api.md 4. */
export const policyTiers: fc.Arbitrary<string> = fc.oneof(
  { withCrossShrink: true },
  { weight: 3, arbitrary: fc.constant('default') },
  { weight: 6, arbitrary: fc.constantFrom(...ownTiers) },
  { weight: 1, arbitrary: fc.constantFrom(...administratorTiers) },
  { weight: 1, arbitrary: fc.constant('ghost') },
)
