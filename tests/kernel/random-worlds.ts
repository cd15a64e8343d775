/**
 * Random worlds in labs that stay, each brought into its kernels as a change from another random one, so that changes from any
 * world to any other are tested as well. When kernel and evaluator differ, both worlds are made smaller as long as they still do.
 *
 * MARGAY_SEED   a whole number that decides the worlds of the first lab, and plus one those of the next; by default random, and
 *               printed when something is found: given that number, the first lab finds it again.
 */
import type { ResourceObject } from '@margay/resources'
import type { Packet } from '@margay/testkit'
import fc from 'fast-check'
import type { PolicyLab } from './policy-lab.ts'
import { Trials } from './trial.ts'

export interface RandomWorlds {
  readonly packets: fc.Arbitrary<Packet[]>
  readonly worlds: fc.Arbitrary<ResourceObject[]>
  readonly cases: number
}

const seedOfFirst =
  process.env.MARGAY_SEED === undefined
    ? Math.trunc(Math.random() * 2 ** 31)
    : Number(process.env.MARGAY_SEED)

const worldsPerFullReplacement = 25
/** A packet counts as lost only after this: machines that run tests are busy. */
const patient = { timeoutMs: 400, retries: 2 }
/** When smaller worlds are looked for, most of the time goes into waiting for packets that do not arrive. */
const quick = { timeoutMs: 100, retries: 1 }
/** Beyond this, the smallest worlds so far are reported. */
const shrinkAtMostMs = 120_000
/** Usually a tenth of it; under load 20 not even a second was enough. */
const atMostMsPerWorld = 3000

export type LabPair<L extends PolicyLab> = readonly [L, L]

/** Both, or if one can't be opened, none. */
export async function openLabs<L extends PolicyLab>(
  open: (name: string) => Promise<L>,
  name: string,
): Promise<LabPair<L>> {
  const first = await open(`${name}${process.pid}-1`)
  try {
    return [first, await open(`${name}${process.pid}-2`)]
  } catch (error) {
    await first.close()
    throw error
  }
}

export async function closeLabs(labs: readonly PolicyLab[] = []): Promise<void> {
  await Promise.all(labs.map((lab) => lab.close()))
}

export function longestMs(cases: number): number {
  return shrinkAtMostMs + cases * atMostMsPerWorld
}

/**
 * The cases are shared out among the labs: while packets of one are waited for, policy is brought into the kernels of another.
 *
 * @throws Error with the packet, its trace, what became of it, and the smallest manifests that show it
 */
export async function checkWorlds(
  labs: readonly PolicyLab[],
  { cases, ...random }: RandomWorlds,
): Promise<void> {
  const stop = new AbortController()
  const share = Math.ceil(cases / labs.length)
  await Promise.all(
    labs.map((lab, index) =>
      checkShare({ lab, stop, seed: seedOfFirst + index }, { ...random, cases: share }),
    ),
  )
}

interface Share {
  readonly lab: PolicyLab
  readonly seed: number
  /** Aborted by the lab that finds something; the others then end. */
  readonly stop: AbortController
}

async function checkShare(
  { lab, seed, stop }: Share,
  { packets, worlds, cases }: RandomWorlds,
): Promise<void> {
  const run = new Run(lab, stop)
  // Packets first, so that they shrink first: worlds are then tried with one packet each, which is faster.
  const property = fc.asyncProperty(packets, worlds, worlds, (...trial) => run.tryOut(...trial))
  const found = await fc.check(property, { seed, numRuns: cases })
  if (found.failed) throw new Error(await describeFailure(lab, found))
}

class Run {
  readonly #lab: PolicyLab
  readonly #stop: AbortController
  #tried = 0
  #failingSinceMs: number | undefined

  constructor(lab: PolicyLab, stop: AbortController) {
    this.#lab = lab
    this.#stop = stop
  }

  /** Once something failed, fast-check only looks for smaller worlds that fail too: out of time, none does. */
  async tryOut(packets: Packet[], before: ResourceObject[], world: ResourceObject[]): Promise<void> {
    const isShrinking = this.#failingSinceMs !== undefined
    if (this.#stop.signal.aborted && !isShrinking) return
    if (performance.now() - (this.#failingSinceMs ?? Number.POSITIVE_INFINITY) > shrinkAtMostMs) return
    const trials = new Trials(this.#lab, isShrinking ? quick : patient)
    const isComparedWithAfresh = ++this.#tried % worldsPerFullReplacement === 0 || isShrinking
    const fault =
      (await trials.faultOf({ packets, before, world }, { isFresh: isShrinking })) ??
      (isComparedWithAfresh ? await trials.differenceFromAfresh(world) : undefined)
    if (fault === undefined) return
    this.#failingSinceMs ??= performance.now()
    this.#stop.abort()
    throw new Error(fault)
  }
}

type Found = fc.RunDetails<[Packet[], ResourceObject[], ResourceObject[]]>

async function describeFailure(
  lab: PolicyLab,
  { counterexample, errorInstance, numRuns, numShrinks, seed }: Found,
): Promise<string> {
  const [packets, before, world] = counterexample ?? [[], [], []]
  return [
    `world ${numRuns} of MARGAY_SEED=${seed}, made smaller ${numShrinks} times`,
    errorInstance instanceof Error ? errorInstance.message : errorInstance,
    await new Trials(lab, patient).describe({ packets, before, world }),
  ].join('\n')
}
