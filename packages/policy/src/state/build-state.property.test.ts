import type { Resource } from '@margay/resources'
import { admitAll, flowOf, hostWorlds, type Packet, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { formatTrace } from '../explain/format-decision.ts'
import { buildPolicyState } from './build-state.ts'
import type { PolicyState } from './policy-state.ts'

const question = fc.array(packets(smallCast), { minLength: 4, maxLength: 8 })
const listedTwice = hostWorlds(smallCast)
  .map(admitAll)
  .chain((one) => fc.tuple(fc.constant(one), fc.shuffledSubarray(one, { minLength: one.length })))

test('the order in which resources are listed changes neither verdicts nor reasons', () => {
  fc.assert(
    fc.property(listedTwice, question, ([one, other], asked) => {
      expect(tracesOf(other, asked)).toEqual(tracesOf(one, asked))
    }),
    { numRuns: 200 },
  )
}, 300_000)

function tracesOf(resources: readonly Resource[], asked: readonly Packet[]): string[][] {
  const { state } = buildPolicyState(resources)
  return [...asked.map((packet) => formatTrace(evaluate(state, flowOf(state, packet)))), hostPolicies(state)]
}

/** Of each host endpoint and stage, how each tier would end. */
function hostPolicies(state: PolicyState): string[] {
  const hosts = [...state.hostEndpoints.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  return hosts.flatMap((host) =>
    (['Untracked', 'PreDNAT', 'Normal', 'Forward'] as const).flatMap((stage) => {
      const { tiers, profiles, otherwise } = state.effectiveHostPolicy(host, stage, 'Ingress')
      const policies = tiers.flatMap((it) => [it.defaultAction, ...it.policies.map(({ ref }) => ref.name)])
      return [host.key, stage, ...policies, ...profiles.map(({ name }) => name), otherwise].join(' ')
    }),
  )
}
