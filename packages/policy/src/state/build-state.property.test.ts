import type { Resource } from '@margay/resources'
import { admitAll, flowOf, type Packet, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { formatTrace } from '../explain/format-decision.ts'
import { buildPolicyState } from './build-state.ts'

const question = fc.array(packets(smallCast), { minLength: 4, maxLength: 8 })
const listedTwice = worlds(smallCast)
  .map(admitAll)
  .chain((one) => fc.tuple(fc.constant(one), fc.shuffledSubarray(one, { minLength: one.length })))

test('the order in which resources are listed changes neither verdicts nor reasons', () => {
  fc.assert(
    fc.property(listedTwice, question, ([one, other], asked) => {
      expect(tracesOf(other, asked)).toEqual(tracesOf(one, asked))
    }),
    { numRuns: 300 },
  )
})

function tracesOf(resources: readonly Resource[], asked: readonly Packet[]): string[][] {
  const { state } = buildPolicyState(resources)
  return asked.map((packet) => formatTrace(evaluate(state, flowOf(state, packet))))
}
