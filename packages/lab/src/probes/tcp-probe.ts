/** TCP: a connection attempt. Reached is a connection, or a reset by a destination that doesn't listen there. */
import { IPPROTO_TCP, SOCK_STREAM } from '../syscalls/constants.ts'
import { errno } from '../syscalls/errno.ts'
import {
  connectSocket,
  keepIcmpErrors,
  resetOnClose,
  shareAddress,
  takeSocketError,
} from '../syscalls/socket.ts'
import { classifyRefusal } from './classify-refusal.ts'
import { bindSource, makeSocket } from './make-socket.ts'
import type { ProbePlan } from './plan-probe.ts'
import type { ProbeContext } from './probe-context.ts'
import { findingOfSendError, reached } from './probe-request.ts'
import type { Report, StartedProbe } from './started-probe.ts'

export function startTcpProbe(context: ProbeContext, plan: ProbePlan, report: Report): StartedProbe {
  const { fd, code } = connectTcp(context, plan)
  const isServed = () => context.addresses.isServed('TCP', plan.destination, plan.port)
  const settle = (result: number) =>
    report(result === 0 ? reached('connected', true) : classifyRefusal(fd, plan, result, isServed()))
  if (code === errno.EINPROGRESS) context.reactor.watch(fd, 'writable', () => settle(takeSocketError(fd)))
  else if (code === 0 || code === errno.ECONNREFUSED) settle(code)
  else report(findingOfSendError(code))
  return { stop: () => context.closeSocket(fd) }
}

/** A socket whose connection is under way: `code` is 0, EINPROGRESS or what went wrong at once. */
export function connectTcp(
  context: ProbeContext,
  plan: ProbePlan,
): { readonly fd: number; readonly code: number } {
  let code = 0
  const kind = { family: plan.family, type: SOCK_STREAM, protocol: IPPROTO_TCP }
  const fd = makeSocket(context, plan.netns, kind, (socket) => {
    shareAddress(socket)
    resetOnClose(socket)
    keepIcmpErrors(socket, plan.family)
    bindSource(context, socket, plan)
    code = connectSocket(socket, plan.destination, plan.port)
  })
  return { fd, code }
}
