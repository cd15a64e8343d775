/** Protocols as rules write them. Source: spec/api.md section 2, IANA protocol numbers. */

/** The names that a rule may use, and their numbers. */
export const protocolNumbers: ReadonlyMap<string, number> = new Map([
  ['TCP', 6],
  ['UDP', 17],
  ['ICMP', 1],
  ['ICMPv6', 58],
  ['SCTP', 132],
  ['UDPLite', 136],
])

const portBearing: ReadonlySet<number> = new Set([6, 17, 132])

/** The number of a protocol's name or number; undefined if there is no such protocol. */
export function protocolNumberOf(protocol: string | number): number | undefined {
  if (typeof protocol === 'string') return protocolNumbers.get(protocol)
  return Number.isInteger(protocol) && protocol >= 1 && protocol <= 255 ? protocol : undefined
}

/** TCP, UDP and SCTP; not UDPLite. */
export function carriesPorts(protocol: string | number): boolean {
  return portBearing.has(protocolNumberOf(protocol) ?? 0)
}

/** A string of digits up to 255 means the number, as Calico decodes it. */
export function normalizeProtocol(protocol: string | number): string | number {
  const isNumeric = typeof protocol === 'string' && /^\d+$/.test(protocol) && Number(protocol) <= 255
  return isNumeric ? Number(protocol) : protocol
}
