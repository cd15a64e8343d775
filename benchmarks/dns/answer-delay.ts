/**
 * By how much answers of DNS are later because the kernel is told of their addresses before: 2,000 questions a second, sent whether answers
 * come or not, behind an agent and on a node without one, in turns. No answer says what an earlier one said.
 */
import { type Context, type Metrics, published, type Suite, single } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { percentile } from '../harness/statistics.ts'
import { resolverAddress, startDnsWorld } from './dns-world.ts'

const perSecond = 2000

export function answerDelaySuite(): Suite {
  return single(published('dns/answer-delay', perSecond, 'answers/s'), measure, true)
}

async function measure(context: Context): Promise<Metrics> {
  const clients = await startDnsWorld('bench-dns-delay', context)
  const seconds = context.isQuick ? 0.1 : 2
  const question = { name: 'n#.rotate.test', type: 'A', by: 'udp', server: resolverAddress } as const
  const lost = { ours: 0, plain: 0 }
  const sample = async (who: 'ours' | 'plain'): Promise<readonly number[]> => {
    const { sent, milliseconds } = await clients[who].answerTimes({ question, perSecond, seconds })
    lost[who] += sent - milliseconds.length
    return milliseconds
  }
  const rounds = context.isQuick ? 1 : 10
  const samples = await interleave({ ours: () => sample('ours'), plain: () => sample('plain') }, rounds)
  return { ...delays(samples.ours.flat(), samples.plain.flat()), lost: lost.ours, without_lost: lost.plain }
}

/** What is added is the difference of quantiles. */
function delays(ours: readonly number[], plain: readonly number[]): Metrics {
  const at = (percent: number) => [percentile(ours, percent), percentile(plain, percent)] as const
  const [[p50, plainP50], [p99, plainP99]] = [at(50), at(99)]
  return {
    p50_ms: p50 - plainP50,
    p99_ms: p99 - plainP99,
    with_p50_ms: p50,
    with_p99_ms: p99,
    without_p50_ms: plainP50,
    without_p99_ms: plainP99,
  }
}
