/** Who refused a packet, the destination itself or a host on the way? */
import { errno, errnoName } from '../syscalls/errno.ts'
import { takeIcmpError } from '../syscalls/icmp-error.ts'
import { ipKey } from '../syscalls/sockaddr.ts'
import type { ProbePlan } from './plan-probe.ts'
import { blocked, type Finding, reached } from './probe-request.ts'

/**
 * For an error that came back on the socket `fd`. `isServed`: the lab listens there, so that a reset can't be the
 * destination's own.
 */
export function classifyRefusal(fd: number, plan: ProbePlan, code: number, isServed: boolean): Finding {
  const icmp = takeIcmpError(fd)
  if (icmp !== undefined) {
    const text = `ICMP type ${icmp.type} code ${icmp.code} from ${icmp.offender}`
    const isFromDestination = ipKey(icmp.offender) === ipKey(plan.destination)
    return isFromDestination && !isServed ? reached(text, true) : blocked(`rejected: ${text}`)
  }
  if (code !== errno.ECONNREFUSED) return blocked(`rejected: ${errnoName(code)}`)
  return isServed
    ? blocked('rejected: reset, although the port is served')
    : reached('refused by reset', true)
}
