/** How figures come about: a warm-up, then rounds in which all that is compared takes turns, then the median. */
import { median } from './statistics.ts'

/** Does some calls and says how many. */
export type Batch = () => number

export interface Plan {
  readonly warmUpMs: number
  readonly rounds: number
  readonly roundMs: number
}

export function planFor({ isQuick }: { readonly isQuick: boolean }): Plan {
  return isQuick ? { warmUpMs: 5, rounds: 2, roundMs: 5 } : { warmUpMs: 300, rounds: 7, roundMs: 200 }
}

/** Median nanoseconds for each call. */
export function nanosecondsPerCall(batch: Batch, { warmUpMs, rounds, roundMs }: Plan): number {
  timeCalls(batch, warmUpMs)
  return median(Array.from({ length: rounds }, () => timeCalls(batch, roundMs)))
}

export function callMetrics(batch: Batch, plan: Plan): { calls_per_s: number; ns_per_call: number } {
  const ns = nanosecondsPerCall(batch, plan)
  return { calls_per_s: 1e9 / ns, ns_per_call: ns }
}

function timeCalls(batch: Batch, atLeastMs: number): number {
  const start = performance.now()
  let calls = 0
  let elapsed = 0
  do {
    calls += batch()
    elapsed = performance.now() - start
  } while (elapsed < atLeastMs)
  return (elapsed * 1e6) / calls
}

/** Milliseconds of each run after the first ones, which warm up. */
export async function durations(work: () => unknown, runs: number, warmUpRuns = 1): Promise<number[]> {
  for (let i = 0; i < warmUpRuns; i++) await work()
  const samples: number[] = []
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    samples.push(performance.now() - start)
  }
  return samples
}

/**
 * One sample of each subject a round, so that a disturbance meets all of them; every other round goes backwards, so that
 * none always comes first. The first round warms up and does not count.
 */
export async function interleave<Name extends string, Sample>(
  subjects: Readonly<Record<Name, () => Sample | Promise<Sample>>>,
  rounds: number,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(subjects) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await subjects[name]()
      if (round > 0) samples[name].push(sample)
    }
  }
  return samples
}

let kept: unknown

/** Uses a value, so that no compiler finds out that nobody needs the work that made it. */
export function keep(value: unknown): void {
  kept = value
}

/** What was kept last. */
export function lastKept(): unknown {
  return kept
}
