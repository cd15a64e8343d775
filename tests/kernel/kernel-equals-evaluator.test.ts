/**
 * The verdict of real packets equals that of the evaluator, in random worlds. Needs root.
 *
 * One lab stays. Each world is brought into its kernels as a change from another random one, so changes from any world to
 * any other are tested as well. When kernel and evaluator differ, both worlds are made smaller as long as they still do, and
 * what is left is printed: packet, trace, what became of the packet, and the manifests.
 *
 * MARGAY_CASES  how many worlds packets are sent in; 300 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import type { ResourceObject } from '@margay/resources'
import { type Packet, packetLists, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { openPolicyLab, type PolicyLab } from './policy-lab.ts'
import { Trials } from './trial.ts'

const cases = Number(process.env.MARGAY_CASES ?? 300)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }

const packetsPerWorld = { minLength: 50, maxLength: 80 }
const worldsPerFullReplacement = 25
/** A packet counts as lost only after this: machines that run tests are busy. */
const patient = { timeoutMs: 400, retries: 2 }
/** When smaller worlds are looked for, most of the time goes into waiting for packets that do not arrive. */
const quick = { timeoutMs: 100, retries: 1 }
/** Beyond this, the smallest worlds so far are reported. */
const shrinkAtMostMs = 120_000
const atMostMsPerWorld = 1000

let lab: PolicyLab
let tried = 0
let failingSinceMs: number | undefined

beforeAll(async () => {
  lab = await openPolicyLab(`equal${process.pid}`, smallCast)
})
afterAll(() => lab.close())

test(
  `the kernel lets through exactly what the evaluator allows, in ${cases} random worlds`,
  async () => {
    // Packets first, so that they shrink first: worlds are then tried with one packet each, which is faster.
    const trial = [packetLists(lab.cast, packetsPerWorld), worlds(lab.cast), worlds(lab.cast)] as const
    const found = await fc.check(fc.asyncProperty(...trial, tryOut), { ...seed, numRuns: cases })
    if (found.failed) throw new Error(await describeFailure(found))
  },
  shrinkAtMostMs + cases * atMostMsPerWorld,
)

/** Once something failed, fast-check only looks for smaller worlds that fail too: out of time, none does. */
async function tryOut(packets: Packet[], before: ResourceObject[], world: ResourceObject[]): Promise<void> {
  const isShrinking = failingSinceMs !== undefined
  if (failingSinceMs !== undefined && performance.now() - failingSinceMs > shrinkAtMostMs) return
  const trials = new Trials(lab, isShrinking ? quick : patient)
  const isComparedWithAfresh = ++tried % worldsPerFullReplacement === 0 || isShrinking
  const fault =
    (await trials.faultOf({ packets, before, world }, { isFresh: isShrinking })) ??
    (isComparedWithAfresh ? await trials.differenceFromAfresh(world) : undefined)
  if (fault === undefined) return
  failingSinceMs ??= performance.now()
  throw new Error(fault)
}

type Found = fc.RunDetails<[Packet[], ResourceObject[], ResourceObject[]]>

async function describeFailure({
  counterexample,
  errorInstance,
  numRuns,
  numShrinks,
  seed,
}: Found): Promise<string> {
  const [packets, before, world] = counterexample ?? [[], [], []]
  return [
    `world ${numRuns} of MARGAY_SEED=${seed}, made smaller ${numShrinks} times`,
    errorInstance instanceof Error ? errorInstance.message : errorInstance,
    await new Trials(lab, patient).describe({ packets, before, world }),
  ].join('\n')
}
