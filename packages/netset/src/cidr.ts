/**
 * A CIDR: all addresses that share their first `prefixLength` bits. Source: RFC 4632, RFC 4291 section 2.3.
 */
import { addressBits, formatIp, type Ip, type IpVersion, isIpv4Mapped, parseIp, parseUnmapped } from './ip.ts'

export interface Cidr {
  readonly version: IpVersion
  /** The first address; its bits after the prefix are zero. */
  readonly base: bigint
  /** 0 to 32 for version 4, 0 to 128 for version 6. */
  readonly prefixLength: number
}

/** Needs the form `address/length`; bits after the prefix are masked off. Undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const parsed = parseAddressAndLength(text)
  return parsed === undefined ? undefined : maskedCidr(parsed.ip, parsed.prefixLength)
}

/** As `parseCidr`; a bare address is the CIDR of that one address. */
export function parseCidrOrIp(text: string): Cidr | undefined {
  if (text.includes('/')) return parseCidr(text)
  const ip = parseIp(text)
  return ip === undefined ? undefined : hostCidr(ip)
}

/** Is it in CIDR form, with no bits set after the prefix? */
export function isMaskedCidr(text: string): boolean {
  const parsed = parseAddressAndLength(text)
  return parsed !== undefined && maskedCidr(parsed.ip, parsed.prefixLength).base === parsed.ip.value
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ version: cidr.version, value: cidr.base })}/${cidr.prefixLength}`
}

/** The CIDR that holds this address alone. */
export function hostCidr(ip: Ip): Cidr {
  return { version: ip.version, base: ip.value, prefixLength: addressBits(ip.version) }
}

export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.version !== ip.version) return false
  const hostBits = hostBitsOf(cidr)
  return cidr.base >> hostBits === ip.value >> hostBits
}

/** Is every address of `inner` in `outer`? */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return (
    outer.prefixLength <= inner.prefixLength &&
    cidrContains(outer, { version: inner.version, value: inner.base })
  )
}

/** The last address of a CIDR, as a number. */
export function lastAddress(cidr: Cidr): bigint {
  return cidr.base | ((1n << hostBitsOf(cidr)) - 1n)
}

/** Version 4 first, then by first address, then the larger before the smaller. */
export function compareCidrs(left: Cidr, right: Cidr): number {
  if (left.version !== right.version) return left.version - right.version
  if (left.base !== right.base) return left.base < right.base ? -1 : 1
  return left.prefixLength - right.prefixLength
}

function hostBitsOf(cidr: Cidr): bigint {
  return BigInt(addressBits(cidr.version) - cidr.prefixLength)
}

function maskedCidr(ip: Ip, prefixLength: number): Cidr {
  const bits = addressBits(ip.version)
  // Most prefixes of large lists are single addresses.
  if (prefixLength === bits) return { version: ip.version, base: ip.value, prefixLength }
  const hostBits = BigInt(bits - prefixLength)
  return { version: ip.version, base: (ip.value >> hostBits) << hostBits, prefixLength }
}

function parseAddressAndLength(text: string): { ip: Ip; prefixLength: number } | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const prefixLength = lengthAfter(text, slash)
  const ip = prefixLength === undefined ? undefined : parseUnmapped(text.slice(0, slash))
  if (ip === undefined || prefixLength === undefined || prefixLength > addressBits(ip.version))
    return undefined
  return unmap(ip, prefixLength)
}

/** One to three decimal digits up to the end, without leading zeros. */
function lengthAfter(text: string, slash: number): number | undefined {
  const digits = text.length - slash - 1
  const isZeroLed = digits > 1 && text.charCodeAt(slash + 1) === zero
  if (digits < 1 || digits > 3 || isZeroLed) return undefined
  let length = 0
  for (let i = slash + 1; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zero
    if (digit < 0 || digit > 9) return undefined
    length = 10 * length + digit
  }
  return length
}

const zero = 48

/** A prefix within ::ffff:0:0/96 is a prefix of IPv4; a shorter one also holds true IPv6 addresses and stays as it is. */
function unmap(ip: Ip, prefixLength: number): { ip: Ip; prefixLength: number } {
  if (!isIpv4Mapped(ip) || prefixLength < 96) return { ip, prefixLength }
  return { ip: { version: 4, value: ip.value & 0xffff_ffffn }, prefixLength: prefixLength - 96 }
}
