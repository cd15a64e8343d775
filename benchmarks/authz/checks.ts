/**
 * Checks over gRPC on a Unix socket: of a judge with few policies, of one with many, and of the baseline, in turns. The servers share a
 * core, on which only one of them has work at a time.
 */
import { bench, type Metrics, type Suite } from '../harness/bench.ts'
import { answersPerSecond } from '../harness/closed-loop.ts'
import { interleave } from '../harness/measure.ts'
import { latencies, median } from '../harness/statistics.ts'
import { shopRequests } from './shop.ts'
import { type BusySample, Subject } from './subject.ts'

const sizes = { few: 10, many: 10_000 } as const
const benches = [
  bench('authz/checks', sizes.few, 'policies'),
  bench('authz/checks', sizes.many, 'policies'),
] as const

/** What a busy service of one node is asked. */
const moderatePerSecond = 1000

export function checksSuite(isQuick: boolean): Suite {
  const plan = isQuick ? { warmUp: 0, rounds: 1, roundMs: 50 } : { warmUp: 10_000, rounds: 5, roundMs: 1500 }
  return {
    benches,
    needsRoot: false,
    async *run(context) {
      const bare = await Subject.start(context, 0)
      const few = await Subject.start(context, sizes.few)
      const many = await Subject.start(context, sizes.many)
      await expectVerdicts(bare, few, many)
      for (const subject of [bare, few, many]) await subject.warmUp(plan.warmUp)
      const busy = await interleave(
        {
          bare: () => bare.keepBusy(plan.roundMs),
          few: () => few.keepBusy(plan.roundMs),
          many: () => many.keepBusy(plan.roundMs),
        },
        plan.rounds,
      )
      const moderate = await interleave(
        {
          bare: () => bare.latencies(moderatePerSecond, plan.roundMs),
          few: () => few.latencies(moderatePerSecond, plan.roundMs),
          many: () => many.latencies(moderatePerSecond, plan.roundMs),
        },
        plan.rounds,
      )
      const of = (name: keyof typeof busy): Measured => ({ busy: busy[name], moderate: moderate[name] })
      yield { bench: benches[0], metrics: figures(of('few'), of('bare')) }
      yield { bench: benches[1], metrics: figures(of('many'), of('bare')) }
    },
  }
}

interface Measured {
  readonly busy: readonly BusySample[]
  readonly moderate: readonly (readonly number[])[]
}

function figures({ busy, moderate }: Measured, bare: Measured): Metrics {
  const cpuUs = median(busy.map((sample) => sample.cpuUs))
  const ratios = busy.map((sample, round) => perSecond(sample) / perSecond(bare.busy[round] ?? sample))
  return {
    per_second: answersPerSecond(busy),
    ratio_bare_grpc: median(ratios),
    ...latencies(moderate.flat()),
    ...latencies(bare.moderate.flat(), 'bare_'),
    ...latencies(
      busy.flatMap(({ latenciesMs }) => latenciesMs),
      'busy_',
    ),
    server_cpu_us: cpuUs,
    bare_server_cpu_us: median(bare.busy.map((sample) => sample.cpuUs)),
    server_busy_share: median(busy.map((sample) => (sample.cpuUs * perSecond(sample)) / 1e6)),
  }
}

function perSecond({ latenciesMs, elapsedMs }: BusySample): number {
  return (1000 * latenciesMs.length) / elapsedMs
}

/** Figures of a judge that says what it should not are worth nothing. */
async function expectVerdicts(bare: Subject, ...judges: readonly Subject[]): Promise<void> {
  const counts = [await bare.allowedCount()]
  for (const judge of judges) counts.push(await judge.allowedCount())
  const expected = [shopRequests.length, ...judges.map(() => (shopRequests.length * 5) / 7)]
  if (counts.join() !== expected.join()) throw new Error(`allowed are ${counts}, and should be ${expected}`)
}
