/**
 * The verdict of real packets equals that of the evaluator, in random worlds. Needs root.
 *
 * One lab stays; each world is brought into its kernels as a change from the world before, so changes between any two worlds
 * are tested as well. When kernel and evaluator differ, the world is made smaller as long as they still do, and what is
 * left is printed: manifest, packet, trace, and what became of the packet.
 *
 * MARGAY_CASES  how many worlds; 300 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, formatManifest, type Packet, packetLists, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Disagreement, type Expectation, expectationOf, formatDisagreement } from './disagreement.ts'
import { openPolicyLab, type PolicyLab } from './policy-lab.ts'

const cases = Number(process.env.MARGAY_CASES ?? 300)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }

const packetsPerWorld = { minLength: 20, maxLength: 32 }
/** A packet that is let through arrives within a few milliseconds, so waiting longer only costs. */
const untilBlockedMs = 60
const patient = { timeoutMs: 1000, retries: 2 }
const worldsPerFullReplacement = 25
/** Beyond this, the smallest world so far is reported. */
const shrinkAtMostMs = 300_000

let lab: PolicyLab
let applied = 0

beforeAll(async () => {
  lab = await openPolicyLab(`equal${process.pid}`, smallCast)
})
afterAll(() => lab.close())

test(
  `the kernel lets through exactly what the evaluator allows, in ${cases} random worlds`,
  async () => {
    const property = fc.asyncProperty(worlds(lab.cast), packetLists(lab.cast, packetsPerWorld), check)
    const found = await fc.check(property, {
      ...seed,
      numRuns: cases,
      interruptAfterTimeLimit: timeLimitMs() - 10_000,
      markInterruptAsFailure: true,
    })
    if (found.failed) throw new Error(describeFailure(found))
  },
  timeLimitMs(),
)

function timeLimitMs(): number {
  return shrinkAtMostMs + cases * 1000
}

async function check(objects: ResourceObject[], packets: Packet[]): Promise<void> {
  const { state } = buildPolicyState(admitAll(objects))
  await enforce(state, objects)
  const [first] = await disagreements(state, packets)
  if (first !== undefined) throw new Error(formatDisagreement(first, objects, await noteOn(first, state)))
  if (++applied % worldsPerFullReplacement === 0) await expectSameAsAfresh(state)
}

/** What nft refuses, it refuses as a whole: one policy would keep all others from the kernel. */
async function enforce(state: PolicyState, objects: readonly ResourceObject[]): Promise<void> {
  try {
    await lab.enforce(state)
  } catch (cause) {
    throw new Error(`the kernel refuses this world: ${cause}\n\n${formatManifest(objects)}`, { cause })
  }
}

async function disagreements(state: PolicyState, packets: readonly Packet[]): Promise<Disagreement[]> {
  const expected = packets.map((packet) => expectationOf(state, lab.cast, packet))
  const found = await Promise.all([
    compare(
      expected.filter(({ arrives }) => arrives),
      patient,
    ),
    compare(
      expected.filter(({ arrives }) => !arrives),
      { timeoutMs: untilBlockedMs, retries: 0 },
    ),
  ])
  return found.flat()
}

async function compare(
  expected: readonly Expectation[],
  patience: { timeoutMs: number; retries: number },
): Promise<Disagreement[]> {
  const packets = expected.map(({ packet }) => packet)
  const results = await lab.probe(packets, patience)
  return expected.flatMap((expectation, i) => {
    const result = results[i]
    const outcome = expectation.arrives ? 'reached' : 'blocked'
    return result === undefined || result.outcome === outcome ? [] : [{ ...expectation, result }]
  })
}

/** Is the ruleset wrong, or only the way to it from the world before? */
async function noteOn({ packet }: Disagreement, state: PolicyState): Promise<string> {
  await lab.enforceAfresh(state)
  const again = await disagreements(state, [packet])
  return again.length > 0
    ? 'after a full replacement of the table: the same'
    : 'after a full replacement of the table they agree: the change from the world before was wrong'
}

async function expectSameAsAfresh(state: PolicyState): Promise<void> {
  const changed = await lab.tables()
  await lab.enforceAfresh(state)
  expect(changed).toEqual(await lab.tables())
}

function describeFailure(found: fc.RunDetails<[ResourceObject[], Packet[]]>): string {
  const cause = found.errorInstance instanceof Error ? found.errorInstance.message : 'out of time'
  const again = `MARGAY_SEED=${found.seed} MARGAY_CASES=${found.numRuns}`
  return `world ${found.numRuns}, made smaller ${found.numShrinks} times; ${again} begins the same\n${cause}`
}
