/**
 * SCTP, UDPLite, ICMP, ICMPv6 and any other protocol number, and every protocol where the witness is named: one marked packet
 * from a raw socket, witnessed by a raw socket in the destination's namespace. Who awaits an answer is also satisfied by that alone.
 */
import { encodeUdp } from '../link/frames.ts'
import { encodeIcmp, encodeIcmpv6 } from '../packets/icmp.ts'
import { encodeSctpInit } from '../packets/sctp.ts'
import { encodeTcpSyn } from '../packets/tcp-syn.ts'
import { encodeUdpLite } from '../packets/udp-lite.ts'
import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  SOCK_RAW,
} from '../syscalls/constants.ts'
import { encodeIp, encodeSockaddr } from '../syscalls/sockaddr.ts'
import { bindSocket, closeSocket, sendToSocket } from '../syscalls/socket.ts'
import { makeSocket } from './make-socket.ts'
import type { PacketTaps } from './packet-taps.ts'
import type { ProbePlan } from './plan-probe.ts'
import type { Arrival, ProbeContext } from './probe-context.ts'
import { type Finding, failed, findingOfSendError, reached } from './probe-request.ts'
import type { Report, StartedProbe } from './started-probe.ts'

const echoReply = { 4: 0, 6: 129 } as const

export function startRawProbe(
  context: ProbeContext,
  taps: PacketTaps,
  plan: ProbePlan,
  report: Report,
): StartedProbe {
  const destination = plan.witness ?? context.addresses.netnsOf(plan.destination)
  const sourcePort = plan.sourcePort ?? context.sourcePorts.take()
  const hasAnswer = plan.awaitsAnswer
  if (destination === undefined && !hasAnswer) {
    report(failed(`no pod or node of the lab has the address ${plan.destination}`))
    return { stop: () => {} }
  }
  if (destination !== undefined) taps.open(destination, plan.family, plan.protocol)
  if (hasAnswer) taps.open(plan.netns, plan.family, plan.protocol)

  let late: Finding | undefined
  const { sequence, mark } = context.expect((arrival) => {
    if (hasAnswer && isAnswer(arrival, plan, sourcePort)) return report(reached('answered', true))
    if (!isProbe(arrival, plan, destination)) return
    if (hasAnswer) late = reached('arrived, but no answer came back', false)
    else report(reached('arrived', false))
  })
  const code = sendPacket(context, plan, encodePacket(plan, sourcePort, mark))
  if (code !== 0) report(findingOfSendError(code))
  return { stop: () => context.forget(sequence), findingAtTimeout: () => late }
}

function isIcmp(plan: ProbePlan): boolean {
  return plan.protocol === IPPROTO_ICMP || plan.protocol === IPPROTO_ICMPV6
}

/** Of UDP: what comes back to the port from which it was sent. A listener tells of data without a header, which begin with zeros. */
function isAnswer({ netns, payload }: Arrival, plan: ProbePlan, sourcePort: number): boolean {
  if (netns !== plan.netns) return false
  return isIcmp(plan) ? payload[0] === echoReply[plan.family] : payload.readUInt16BE(2) === sourcePort
}

/** ICMP errors quote the packet they complain about, mark and all: they must not pass for the packet itself. */
function isProbe(arrival: Arrival, plan: ProbePlan, destination: string | undefined): boolean {
  if (arrival.netns !== destination || arrival.protocol !== plan.protocol) return false
  if (!isIcmp(plan)) return true
  return arrival.payload[0] === plan.icmpType && arrival.payload[1] === plan.icmpCode
}

function encodePacket(plan: ProbePlan, sourcePort: number, mark: Buffer): Buffer {
  const ends = { source: encodeIp(plan.source), destination: encodeIp(plan.destination) }
  const ports = { sourcePort, destinationPort: plan.port }
  const icmp = { type: plan.icmpType, code: plan.icmpCode, identifier: sourcePort, mark }
  switch (plan.protocol) {
    case IPPROTO_ICMP:
      return encodeIcmp(icmp)
    case IPPROTO_ICMPV6:
      return encodeIcmpv6(icmp)
    case IPPROTO_SCTP:
      return encodeSctpInit({
        ...ports,
        initiateTag: mark.readUInt32BE(12) || 1,
        mark,
      })
    case IPPROTO_UDPLITE:
      return encodeUdpLite({ ...ends, ...ports, data: mark })
    case IPPROTO_UDP:
      return encodeUdp({ source: plan.source, destination: plan.destination, ...ports }, mark)
    case IPPROTO_TCP:
      return encodeTcpSyn({ ...ends, ...ports, sequence: mark.readUInt32BE(12), data: mark })
    default:
      return mark
  }
}

/** 0, or the errno. The sender's socket is gone at once: only taps listen. */
function sendPacket(context: ProbeContext, plan: ProbePlan, packet: Buffer): number {
  let code = 0
  const kind = { family: plan.family, type: SOCK_RAW, protocol: plan.protocol }
  const fd = makeSocket(context, plan.netns, kind, (socket) => {
    bindSocket(socket, plan.source, 0)
    // The port field of a raw IPv6 destination is a protocol number or 0.
    code = sendToSocket(socket, packet, encodeSockaddr(plan.destination, 0))
  })
  closeSocket(fd)
  return code
}
