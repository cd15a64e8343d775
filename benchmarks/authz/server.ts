/**
 * The service as a process of its own, without a cluster: arguments are the path of its socket, and how many policies there are; 0 is
 * the baseline, the same library and codec with an answer that is always yes.
 *
 * Prints `listening`, and `cpu MICROSECONDS` of this process for each line that it reads. Ends with its standard input.
 */
import { createInterface } from 'node:readline'
import type { Answer, Checker } from '../../apps/authz/src/check/check.ts'
import { defaultJudgeOptions, PolicyJudge } from '../../apps/authz/src/judge/policy-judge.ts'
import { DecisionLog } from '../../apps/authz/src/log/decision-log.ts'
import { AuthzMetrics } from '../../apps/authz/src/metrics/authz-metrics.ts'
import { MeteredChecker } from '../../apps/authz/src/metrics/metered-checker.ts'
import { startTransport } from '../../apps/authz/src/transport/start-transport.ts'
import { shopResources } from './shop.ts'

const [path = '', policies = '0'] = process.argv.slice(2)
const yes: Answer = { verdict: 'Allow', httpStatus: undefined, headers: [], body: '', metadata: {} }
const checker = policies === '0' ? { isReady: true, check: () => yes } : judgeOf(Number(policies))
const nothing = () => undefined
await startTransport({
  checker,
  denial: { ...yes, verdict: 'Deny' },
  grpc: { address: { kind: 'Unix', path } },
  events: { refused: nothing, failed: nothing, certificateRenewed: nothing, certificateUnusable: nothing },
})
console.log('listening')
createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage()
    console.log(`cpu ${user + system}`)
  })
  .on('close', () => process.exit())

/** With what counts and logs decisions, as the command has it by itself; the lines go nowhere. */
function judgeOf(policies: number): Checker {
  const counts = new AuthzMetrics()
  const sink = { write: nothing, pending: 0 }
  const log = new DecisionLog({ decisions: 'denied', sink, now: () => new Date() })
  const judge = new PolicyJudge({
    ...defaultJudgeOptions,
    onJudged: (judgement) => {
      counts.judged(judgement)
      log.take(judgement)
    },
  })
  judge.update(shopResources(policies).map((after) => ({ before: undefined, after })))
  return new MeteredChecker(
    judge,
    (seconds) => counts.took(seconds),
    () => performance.now(),
  )
}
