/**
 * UDP: one marked datagram. Reached is an echo, a port unreachable from the destination itself, or the datagram's
 * arrival at a listener of this process (then `isAnswered` is false if the echo got lost on its way back).
 */
import { IPPROTO_UDP, SOCK_DGRAM } from '../syscalls/constants.ts'
import { errno } from '../syscalls/errno.ts'
import { connectSocket, keepIcmpErrors, receiveSocket, sendSocket, shareAddress } from '../syscalls/socket.ts'
import { classifyRefusal } from './classify-refusal.ts'
import { bindSource, makeSocket } from './make-socket.ts'
import type { ProbePlan } from './plan-probe.ts'
import type { ProbeContext } from './probe-context.ts'
import { blocked, type Finding, findingOfSendError, reached } from './probe-request.ts'
import type { Report, StartedProbe } from './started-probe.ts'

const buffer = Buffer.allocUnsafeSlow(2048)

export function startUdpProbe(context: ProbeContext, plan: ProbePlan, report: Report): StartedProbe {
  const { fd, code } = connectUdp(context, plan)
  let late: Finding | undefined
  const { sequence, mark } = context.expect(() => {
    late = reached('arrived, but no answer came back', false)
  })
  context.reactor.watch(fd, 'readable', () => report(readAnswer(context, plan, fd)))
  if (code !== 0) report(findingOfSendError(code))
  else reportSendError(sendSocket(fd, mark), report)
  return {
    stop: () => {
      context.forget(sequence)
      context.closeSocket(fd)
    },
    findingAtTimeout: () => late,
  }
}

export function connectUdp(
  context: ProbeContext,
  plan: ProbePlan,
): { readonly fd: number; readonly code: number } {
  let code = 0
  const kind = { family: plan.family, type: SOCK_DGRAM, protocol: IPPROTO_UDP }
  const fd = makeSocket(context, plan.netns, kind, (socket) => {
    shareAddress(socket)
    keepIcmpErrors(socket, plan.family)
    bindSource(context, socket, plan)
    code = connectSocket(socket, plan.destination, plan.port)
  })
  return { fd, code }
}

function readAnswer(context: ProbeContext, plan: ProbePlan, fd: number): Finding | undefined {
  const length = receiveSocket(fd, buffer)
  if (length >= 0) return reached('answered', true)
  if (length === -errno.EAGAIN) return undefined
  const isServed = context.addresses.isServed('UDP', plan.destination, plan.port)
  return classifyRefusal(fd, plan, -length, isServed)
}

function reportSendError(result: number, report: Report): void {
  if (result >= 0) return
  report(
    result === -errno.ECONNREFUSED
      ? blocked('rejected in the sender’s namespace')
      : findingOfSendError(-result),
  )
}
