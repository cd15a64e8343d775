/**
 * IP protocols by the names that the v3 API gives them.
 *
 * Source: IANA protocol numbers; names of `numorstring.Protocol` in the v3 API (TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite).
 */
const numbersByName: Readonly<Record<string, number>> = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ICMPv6: 58,
  SCTP: 132,
  UDPLite: 136,
}

const namesByNumber = new Map(Object.entries(numbersByName).map(([name, number]) => [number, name]))

export const protocols = { icmp: 1, ipip: 4, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, udpLite: 136 } as const

/** The number (0-255) of a protocol given as in the API: a name, a number, or digits. Undefined when it is none of these. */
export function protocolNumber(protocol: string | number): number | undefined {
  if (typeof protocol === 'string' && Object.hasOwn(numbersByName, protocol)) return numbersByName[protocol]
  const number =
    typeof protocol === 'number' ? protocol : /^\d{1,3}$/.test(protocol) ? Number(protocol) : Number.NaN
  return Number.isInteger(number) && number >= 0 && number <= 255 ? number : undefined
}

/** The API's name of a protocol number, or the number in digits where it has none. */
export function protocolName(number: number): string {
  return namesByNumber.get(number) ?? String(number)
}

/** Protocols whose packets carry a source and a destination port that a rule can match. */
export function hasPorts(protocol: number): boolean {
  return protocol === protocols.tcp || protocol === protocols.udp || protocol === protocols.sctp
}
