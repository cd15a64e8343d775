/** Sockets for probes: made inside a namespace, bound, and closed again if any step fails. */
import { SyscallError } from '../errors.ts'
import type { Family } from '../syscalls/sockaddr.ts'
import { bindSocket, closeSocket, openSocket } from '../syscalls/socket.ts'
import type { ProbePlan } from './plan-probe.ts'
import type { ProbeContext } from './probe-context.ts'

/** `prepare` runs inside the namespace. */
export function makeSocket(
  context: ProbeContext,
  netns: string,
  kind: { readonly family: Family; readonly type: number; readonly protocol: number },
  prepare: (fd: number) => void,
): number {
  return context.enter(netns, () => {
    const fd = openSocket(kind.family, kind.type, kind.protocol)
    try {
      prepare(fd)
      return fd
    } catch (error) {
      closeSocket(fd)
      throw error
    }
  })
}

/** More than enough: a port of the sequence is busy only where a pod listens on it. */
const portsToTry = 16

/** Binds to the asked source port, or to the next free one of the sequence. */
export function bindSource(context: ProbeContext, fd: number, plan: ProbePlan): void {
  if (plan.sourcePort !== undefined) bindSocket(fd, plan.source, plan.sourcePort)
  else bindNextPort(context, fd, plan.source)
}

function bindNextPort(context: ProbeContext, fd: number, source: string): void {
  for (let tries = 1; ; tries++) {
    try {
      bindSocket(fd, source, context.sourcePorts.take())
      return
    } catch (error) {
      const isBusy = error instanceof SyscallError && error.errno === 'EADDRINUSE'
      if (!isBusy || tries === portsToTry) throw error
    }
  }
}
