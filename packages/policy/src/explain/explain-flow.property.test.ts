import { admitAll, flowOf, packets, readRequests, smallCast, withStaged, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EndpointDecision } from '../evaluate/decision.ts'
import { evaluate } from '../evaluate/evaluate.ts'
import { matchesRule } from '../evaluate/match-rule.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { type ExplainedSide, explainFlow } from './explain-flow.ts'
import { failedCriteria } from './failed-criteria.ts'

const question = fc
  .tuple(
    packets(smallCast),
    fc.option(
      fc.oneof(
        { weight: 9, arbitrary: readRequests },
        { weight: 1, arbitrary: fc.constant('NotHttp' as const) },
      ),
    ),
  )
  .map(([packet, http]) => ({ packet, http: http !== null && packet.protocol === 6 ? http : undefined }))
const cases = fc.tuple(withStaged(worlds(smallCast)), fc.array(question, { minLength: 3, maxLength: 6 }))

function check(
  said: (state: ReturnType<typeof buildPolicyState>['state'], flow: ReturnType<typeof flowOf>) => void,
) {
  fc.assert(
    fc.property(cases, ([objects, asked]) => {
      const { state } = buildPolicyState(admitAll(objects))
      for (const { packet, http } of asked) said(state, { ...flowOf(state, packet), http })
    }),
    { numRuns: 80 },
  )
}

test('a rule has no failed criterion exactly if it matches', () => {
  check((state, flow) => {
    const rules = state.tiers.flatMap(({ policies }) =>
      policies.flatMap((it) => [...it.ingress, ...it.egress]),
    )
    for (const rule of rules) expect(failedCriteria(rule, flow).length === 0).toBe(matchesRule(rule, flow))
  })
}, 300_000)

test('an explanation has the verdict and the trace of the evaluator, enforced and staged', () => {
  check((state, flow) => {
    const explained = explainFlow(state, flow)
    expect(explained.decision).toEqual(evaluate(state, flow))
    expectSame(explained.egress, explained.decision.egress)
    if (explained.decision.egress?.verdict !== 'Deny')
      expectSame(explained.ingress, explained.decision.ingress)
    const staged = evaluate(state, flow, { staged: true })
    expect((explained.staged ?? explained).decision).toEqual(staged)
  })
}, 300_000)

function expectSame(side: ExplainedSide | undefined, decision: EndpointDecision | undefined): void {
  expect(side?.trace).toEqual(decision?.trace)
  expect(side?.verdict).toEqual(decision?.verdict)
}

test('what was considered tells the hit of each tier: the last rule decided, or none did', () => {
  check((state, flow) => {
    const { egress, ingress } = explainFlow(state, flow)
    for (const { hit, policies } of [egress, ingress].flatMap((side) => side?.tiers ?? [])) {
      const last = policies.at(-1)
      const rule = last?.rules.at(-1)
      expect(policies.filter(({ isDecisive }) => isDecisive)).toHaveLength(hit.kind === 'Rule' ? 1 : 0)
      if (hit.kind !== 'Rule') continue
      expect([last?.ref, rule?.index, rule?.action, rule?.failed]).toEqual([
        hit.policy,
        hit.ruleIndex,
        hit.action,
        [],
      ])
    }
  })
}, 300_000)
