/**
 * What compile makes of a world decides every packet as the evaluator does, and says the same reason.
 *
 * MARGAY_CASES  how many worlds; 400 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { buildPolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, flowOf, formatManifest, type Packet, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CompiledCast } from '../interpret/judge.testkit.ts'
import { verdictDifference } from '../interpret/verdict-difference.testkit.ts'
import { defaultCompileOptions } from './options.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 400)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 1000

const cases = fc.tuple(
  fc.constantFrom(0, 1, 3, defaultCompileOptions.mostOfNarrow),
  worlds(smallCast),
  fc.array(packets(smallCast), { minLength: 20, maxLength: 40 }),
)

test(
  'the compiled tables give every packet the verdict of the evaluator, in every world',
  () => {
    const agree = fc.property(cases, ([mostOfNarrow, objects, asked]) => {
      const found = disagreement(mostOfNarrow, objects, asked)
      if (found !== undefined)
        throw new Error(`with mostOfNarrow ${mostOfNarrow}: ${found}\n${formatManifest(objects)}`)
    })
    const found = fc.check(agree, { numRuns, ...seed })
    if (!found.failed) return
    expect.fail(`MARGAY_SEED=${found.seed}\n${String(found.errorInstance)}`)
  },
  Math.max(60_000, numRuns * millisecondsEach),
)

function disagreement(
  mostOfNarrow: number,
  objects: readonly ResourceObject[],
  asked: readonly Packet[],
): string | undefined {
  const { state } = buildPolicyState(admitAll(objects))
  const compiled = new CompiledCast(state, smallCast, { ...defaultCompileOptions, mostOfNarrow })
  for (const packet of asked) {
    const text = verdictDifference(state, compiled, packet, flowOf(state, packet))
    if (text !== undefined) return `${JSON.stringify(packet)}\n${text}`
  }
  return undefined
}
