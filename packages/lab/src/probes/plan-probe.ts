/** From a request to a checked plan in numbers, so that the probes themselves need no checks. */
import { InvalidSpecError } from '../errors.ts'
import { describeMember } from '../members.ts'
import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
} from '../syscalls/constants.ts'
import { type Family, familyOf } from '../syscalls/sockaddr.ts'
import { defaultTimeoutMs, type ProbeProtocolName, type ProbeRequest } from './probe-request.ts'

export interface ProbePlan {
  readonly netns: string
  readonly family: Family
  /** 1 to 254. */
  readonly protocol: number
  readonly source: string
  /** Undefined: the next of the sequence. */
  readonly sourcePort: number | undefined
  readonly destination: string
  /** 0 for protocols without ports. */
  readonly port: number
  /** The namespace that should get a packet from a raw socket; undefined: the owner of `destination`. */
  readonly witness: string | undefined
  readonly awaitsAnswer: boolean
  readonly icmpType: number
  readonly icmpCode: number
  readonly timeoutMs: number
}

const protocolNumbers: Record<ProbeProtocolName, number> = {
  TCP: IPPROTO_TCP,
  UDP: IPPROTO_UDP,
  SCTP: IPPROTO_SCTP,
  UDPLite: IPPROTO_UDPLITE,
  ICMP: IPPROTO_ICMP,
  ICMPv6: IPPROTO_ICMPV6,
}
const protocolsWithPorts = new Set([IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_UDPLITE])
const echoRequest = { 4: 8, 6: 128 } as const
const protocolsWithAnswers = new Set([IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6])

/** Throws InvalidSpecError, naming the field. */
export function planProbe(request: ProbeRequest): ProbePlan {
  const family = familyOf(request.to)
  if (family === undefined)
    throw new InvalidSpecError('to', `${JSON.stringify(request.to)} is not an IP address`)
  const protocol = protocolNumber(request.protocol, family)
  const icmpType = inRange('icmpType', request.icmpType ?? echoRequest[family], 0, 255)
  return {
    netns: request.from.netns,
    family,
    protocol,
    source: sourceOf(request, family),
    sourcePort:
      request.sourcePort === undefined ? undefined : inRange('sourcePort', request.sourcePort, 1, 65535),
    destination: request.to,
    port: protocolsWithPorts.has(protocol) ? inRange('port', request.port, 1, 65535) : 0,
    witness: request.witness?.netns,
    awaitsAnswer: awaitsAnswer(request, protocol, icmpType === echoRequest[family]),
    icmpType,
    icmpCode: inRange('icmpCode', request.icmpCode ?? 0, 0, 255),
    timeoutMs: inRange('timeoutMs', request.timeoutMs ?? defaultTimeoutMs, 1, 600_000),
  }
}

/** Without a witness every echo request waits: its answer may be all that shows. */
function awaitsAnswer({ witness, ...request }: ProbeRequest, protocol: number, isEcho: boolean): boolean {
  const isIcmp = protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6
  if (isIcmp && !isEcho) return false
  if (witness === undefined) return isIcmp
  return request.awaitsAnswer === true && protocolsWithAnswers.has(protocol)
}

/** ICMP is IPv4's and ICMPv6 is IPv6's: the other pairs do not exist on a network. */
function protocolNumber(protocol: ProbeProtocolName | number, family: Family): number {
  const number = typeof protocol === 'number' ? protocol : protocolNumbers[protocol]
  inRange('protocol', number, 1, 254)
  if (number === (family === 4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
    throw new InvalidSpecError('protocol', `${protocol} can’t go to an IPv${family} address`)
  }
  return number
}

function sourceOf(request: ProbeRequest, family: Family): string {
  const source = request.sourceIp ?? request.from.ips.find((ip) => familyOf(ip) === family)
  if (source === undefined) {
    throw new InvalidSpecError('from', `${describeMember(request.from)} has no IPv${family} address`)
  }
  if (familyOf(source) !== family) {
    throw new InvalidSpecError('sourceIp', `${JSON.stringify(source)} is not an IPv${family} address`)
  }
  return source
}

function inRange(field: string, value: number | undefined, minimum: number, maximum: number): number {
  if (value === undefined) throw new InvalidSpecError(field, 'is required for this protocol')
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value
  throw new InvalidSpecError(field, `${value} is not a whole number from ${minimum} to ${maximum}`)
}
