/** What to probe, and what came of it. */

import type { LabMember } from '../members.ts'
import { errnoName } from '../syscalls/errno.ts'

/** Names as in the Calico API. */
export type ProbeProtocolName = 'TCP' | 'UDP' | 'SCTP' | 'UDPLite' | 'ICMP' | 'ICMPv6'

export interface ProbeRequest {
  readonly from: LabMember
  /** IP address; need not belong to the lab, except for protocols whose arrival only the lab can see. */
  readonly to: string
  /** A name, or an IANA protocol number from 1 to 254; a number that has a name here means that protocol. */
  readonly protocol: ProbeProtocolName | number
  /** Destination port, 1 to 65535: for TCP, UDP, SCTP and UDPLite. */
  readonly port?: number
  /** Taken in sequence unless given. */
  readonly sourcePort?: number
  /** One of the sender's addresses; by default its first of the family of `to`. */
  readonly sourceIp?: string
  /** Default: echo request. */
  readonly icmpType?: number
  /** Default: 0. */
  readonly icmpCode?: number
  /**
   * Who should get it, where `to` is translated on the way. It is one packet then, from a raw socket also for TCP and UDP, and
   * reached is its arrival there, whether or not an answer comes back.
   */
  readonly witness?: LabMember
  /** With a witness: whether to wait for the echo, of ICMP or of a listener for UDP. */
  readonly awaitsAnswer?: boolean
  /** How long to wait for the packet to show up. Default 500. */
  readonly timeoutMs?: number
}

/**
 * `reached`: the packet demonstrably came to the destination's own IP stack.
 * `blocked`: it did not within the time, or a host on the way sent it back.
 * `error`: the probe could not be made; it says nothing about the network.
 */
export type ProbeOutcome = 'reached' | 'blocked' | 'error'

export interface ProbeResult {
  readonly outcome: ProbeOutcome
  /** An answer came back to the sender; false for protocols that have none (SCTP, UDPLite, numbers, most ICMP types). */
  readonly isAnswered: boolean
  /** When it was sent, on the clock of `performance.now()`. */
  readonly startedAt: number
  /** From sending to knowing. */
  readonly milliseconds: number
  /** One short line on how it is known. */
  readonly detail: string
}

export const defaultTimeoutMs = 500

/** What a running probe has found out; the runner adds the times. */
export type Finding = Pick<ProbeResult, 'outcome' | 'isAnswered' | 'detail'>

export const reached = (detail: string, isAnswered: boolean): Finding => ({
  outcome: 'reached',
  isAnswered,
  detail,
})
export const blocked = (detail: string): Finding => ({ outcome: 'blocked', isAnswered: false, detail })
export const failed = (detail: string): Finding => ({ outcome: 'error', isAnswered: false, detail })

/** For an errno that sending gave at once. A drop in the sender's own output hook shows as EPERM. */
export function findingOfSendError(code: number): Finding {
  const name = errnoName(code)
  if (name === 'EPERM') return blocked('dropped by a rule in the sender’s namespace (EPERM)')
  return failed(`can't send: ${name}`)
}
