/** Runs one probe to its end: an answer, an arrival, a failure, or its time. */
import { IPPROTO_TCP, IPPROTO_UDP } from '../syscalls/constants.ts'
import type { PacketTaps } from './packet-taps.ts'
import { type ProbePlan, planProbe } from './plan-probe.ts'
import type { ProbeContext } from './probe-context.ts'
import { blocked, type Finding, failed, type ProbeRequest, type ProbeResult } from './probe-request.ts'
import { startRawProbe } from './raw-probe.ts'
import type { Report, StartedProbe } from './started-probe.ts'
import { startTcpProbe } from './tcp-probe.ts'
import { startUdpProbe } from './udp-probe.ts'

/** Never rejects: a request that makes no sense has the outcome `error`. */
export function runProbe(
  context: ProbeContext,
  taps: PacketTaps,
  request: ProbeRequest,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    let started: StartedProbe | undefined
    let timer: NodeJS.Timeout | undefined
    let finding: Finding | undefined
    const finish = () => {
      if (finding === undefined || started === undefined) return
      clearTimeout(timer)
      started.stop()
      resolve({ ...finding, startedAt, milliseconds: performance.now() - startedAt })
    }
    const report: Report = (found) => {
      if (found === undefined || finding !== undefined) return
      finding = found
      finish()
    }
    try {
      const plan = planProbe(request)
      timer = setTimeout(() => {
        // The event loop may be late, and the answer waiting: look before giving up.
        context.reactor.drain()
        report(started?.findingAtTimeout?.() ?? blocked(`nothing seen within ${plan.timeoutMs} ms`))
      }, plan.timeoutMs)
      started = start(context, taps, plan, report)
    } catch (error) {
      clearTimeout(timer)
      started = { stop: () => {} }
      report(failed(error instanceof Error ? error.message : String(error)))
    }
    finish()
  })
}

function start(context: ProbeContext, taps: PacketTaps, plan: ProbePlan, report: Report): StartedProbe {
  if (plan.witness !== undefined) return startRawProbe(context, taps, plan, report)
  if (plan.protocol === IPPROTO_TCP) return startTcpProbe(context, plan, report)
  if (plan.protocol === IPPROTO_UDP) return startUdpProbe(context, plan, report)
  return startRawProbe(context, taps, plan, report)
}
