/**
 * The verdict of real packets equals that of the evaluator, in random worlds. Needs root.
 *
 * MARGAY_CASES  how many worlds packets are sent in; 300 by default.
 * MARGAY_SEED   see random-worlds.ts.
 */
import { packetLists, smallCast, withStaged, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { openPolicyLab, type PolicyLab } from './policy-lab.ts'
import { checkWorlds, longestMs } from './random-worlds.ts'

const cases = Number(process.env.MARGAY_CASES ?? 300)
const packetsPerWorld = { minLength: 50, maxLength: 80 }

let lab: PolicyLab

beforeAll(async () => {
  lab = await openPolicyLab(`equal${process.pid}`, smallCast)
})
afterAll(() => lab.close())

test(
  `the kernel lets through exactly what the evaluator allows, in ${cases} random worlds`,
  () =>
    checkWorlds(lab, {
      packets: packetLists(lab.cast, packetsPerWorld),
      worlds: fc.oneof(worlds(lab.cast), withStaged(worlds(lab.cast))),
      cases,
    }),
  longestMs(cases),
)
