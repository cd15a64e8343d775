/**
 * One connection that stays open and carries numbered messages to an echo: does an established connection survive?
 *
 * TCP: one connection; lost segments are sent again by the kernel, so a pause shows as a gap, not as a loss.
 * UDP: one pair of addresses and ports; what is lost stays lost.
 */
import { LabError } from '../errors.ts'
import { encodeMark, markLength } from '../packets/mark.ts'
import { type ProbePlan, planProbe } from '../probes/plan-probe.ts'
import type { ProbeContext } from '../probes/probe-context.ts'
import type { ProbeRequest } from '../probes/probe-request.ts'
import { connectTcp } from '../probes/tcp-probe.ts'
import { connectUdp } from '../probes/udp-probe.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import { dropIcmpErrors, receiveSocket, sendAtOnce, sendSocket, takeSocketError } from '../syscalls/socket.ts'

export type StreamRequest = Omit<ProbeRequest, 'protocol'> & { readonly protocol: 'TCP' | 'UDP' }

export interface MessageStreamOptions {
  /** Between two messages. Default 10. */
  readonly intervalMs?: number
}

export interface MessageCounters {
  readonly sent: number
  /** Echoed back to the sender. */
  readonly received: number
  /** Longest time without an echo since the first one, up to now. */
  readonly longestGapMs: number
  /** `broken`: the connection was reset or timed out (TCP). */
  readonly state: 'open' | 'broken' | 'closed'
  /** For `broken`: the errno's name, or `closed by the peer`. */
  readonly detail: string
}

const buffer = Buffer.allocUnsafeSlow(65536)

export class MessageStream {
  readonly #context: ProbeContext
  readonly #fd: number
  readonly #isTcp: boolean
  readonly #timer: NodeJS.Timeout
  readonly #waiting = new Set<() => void>()
  #sent = 0
  #receivedBytes = 0
  /** The rest of a message of which the kernel took only the start. */
  #unsent = Buffer.alloc(0)
  #lastEchoAt: number | undefined
  #longestGapMs = 0
  #state: MessageCounters['state'] = 'open'
  #detail = ''

  /** Use `openMessageStream`. */
  constructor(context: ProbeContext, fd: number, isTcp: boolean, intervalMs: number) {
    this.#context = context
    this.#fd = fd
    this.#isTcp = isTcp
    context.reactor.watch(fd, 'readable', () => this.#read())
    this.#timer = setInterval(() => this.#send(), intervalMs)
    this.#send()
  }

  get counters(): MessageCounters {
    return {
      sent: this.#sent,
      received: this.#received,
      longestGapMs: Math.max(this.#longestGapMs, this.#gapNow()),
      state: this.#state,
      detail: this.#detail,
    }
  }

  /** True once `count` more messages have come back; false when the time is up or the connection broke. */
  async waitForEchoes(count: number, timeoutMs: number): Promise<boolean> {
    const goal = this.#received + count
    const isDone = () => this.#received >= goal || this.#state !== 'open'
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!isDone()) return
        end()
      }
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      const timer = setTimeout(end, timeoutMs)
      this.#waiting.add(check)
      check()
    })
    return this.#received >= goal
  }

  close(): MessageCounters {
    if (this.#state === 'open') this.#end('closed', '')
    return this.counters
  }

  get #received(): number {
    return Math.floor(this.#receivedBytes / markLength)
  }

  #gapNow(): number {
    if (this.#lastEchoAt === undefined || this.#state !== 'open') return 0
    return performance.now() - this.#lastEchoAt
  }

  #send(): void {
    const message = this.#unsent.length > 0 ? this.#unsent : encodeMark(this.#context.run, this.#sent)
    const isNew = this.#unsent.length === 0
    const taken = sendSocket(this.#fd, message)
    // A full buffer or a refused datagram: the next tick tries again. TCP errors also come to #read.
    if (taken < 0) return
    if (isNew) this.#sent++
    this.#unsent = Buffer.from(message.subarray(taken))
  }

  #read(): void {
    const length = receiveSocket(this.#fd, buffer)
    if (length > 0) this.#noteEcho(length)
    else if (this.#isTcp && length === 0) this.#end('broken', 'closed by the peer')
    else if (this.#isTcp && length !== -errno.EAGAIN) this.#end('broken', errnoName(-length))
    for (const check of this.#waiting) check()
  }

  #noteEcho(length: number): void {
    this.#longestGapMs = Math.max(this.#longestGapMs, this.#gapNow())
    this.#lastEchoAt = performance.now()
    this.#receivedBytes += length
  }

  #end(state: 'broken' | 'closed', detail: string): void {
    this.#longestGapMs = Math.max(this.#longestGapMs, this.#gapNow())
    this.#state = state
    this.#detail = detail
    clearInterval(this.#timer)
    this.#context.closeSocket(this.#fd)
    for (const check of this.#waiting) check()
  }
}

/** Resolves when the connection is made (TCP) or the socket is ready (UDP). Throws LabError when it can't be. */
export async function openMessageStream(
  context: ProbeContext,
  request: StreamRequest,
  options: MessageStreamOptions,
): Promise<MessageStream> {
  const plan = planProbe(request)
  const isTcp = request.protocol === 'TCP'
  const { fd, code } = isTcp ? connectTcp(context, plan) : connectUdp(context, plan)
  const failure = code === errno.EINPROGRESS ? await connected(context, fd, plan) : code
  if (failure !== 0) {
    context.closeSocket(fd)
    throw new LabError(
      'SyscallFailed',
      `no connection to ${plan.destination} port ${plan.port}: ${errnoName(failure)}`,
    )
  }
  dropIcmpErrors(fd, plan.family)
  if (isTcp) sendAtOnce(fd)
  return new MessageStream(context, fd, isTcp, options.intervalMs ?? 10)
}

/** 0 or the errno. */
function connected(context: ProbeContext, fd: number, plan: ProbePlan): Promise<number> {
  return new Promise((resolve) => {
    const settle = (code: number) => {
      clearTimeout(timer)
      context.reactor.unwatch(fd)
      resolve(code)
    }
    const timer = setTimeout(() => settle(errno.ETIMEDOUT), plan.timeoutMs)
    context.reactor.watch(fd, 'writable', () => settle(takeSocketError(fd)))
  })
}
