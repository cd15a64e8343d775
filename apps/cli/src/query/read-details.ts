/** Parts of a question that few say: the type of an ICMP message, the IP version, names. */
import type { IpVersion } from '@margay/netset'
import { protocols } from '@margay/policy'
import { canonicalDomain, parseDomainPattern } from '@margay/resources'
import { usageError } from '../errors.ts'

/** How messages call a field: `--icmp-type`, or `query 1: icmpType`. */
export type Where = (field: string) => string

/** Without a type, a question about ICMP is about a ping: an echo request. Source: RFC 792, RFC 4443. */
export function readIcmp(
  { type, code }: { readonly type: unknown; readonly code: unknown },
  protocol: number,
  where: Where,
): { type: number; code: number } | undefined {
  const echo = echoTypes.get(protocol)
  if (echo === undefined) {
    if (type === undefined && code === undefined) return undefined
    throw usageError(`${where('icmpType')}: only ICMP and ICMPv6 have types and codes`)
  }
  return { type: readByte(type ?? echo, where('icmpType')), code: readByte(code ?? 0, where('icmpCode')) }
}

const echoTypes = new Map<number, number>([
  [protocols.icmp, 8],
  [protocols.icmpv6, 128],
])

function readByte(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value
  throw usageError(`${where}: must be a number from 0 to 255`)
}

export function readIpVersion(value: unknown, where: Where): IpVersion | undefined {
  if (value === undefined || value === 4 || value === 6) return value
  throw usageError(`${where('ipVersion')}: must be 4 or 6`)
}

/** Names of domains, without wildcards: what DNS knows something by. `where` stands before messages. */
export function readNames(value: unknown, where: string): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw usageError(`${where}: must be a list of names`)
  return value.map((it: unknown) => readName(it, where))
}

function readName(value: unknown, where: string): string {
  const name = typeof value === 'string' ? canonicalDomain(value) : ''
  const parsed = parseDomainPattern(name)
  if (parsed === undefined || parsed.around !== undefined)
    throw usageError(`${where}: must be a name such as www.example.com, not ${JSON.stringify(value)}`)
  return name
}
