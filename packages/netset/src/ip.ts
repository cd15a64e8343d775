/**
 * One IP address: a version and a number.
 *
 * Text is read as Go's `net` and `netip` packages read it, because the manifests that we share with Kubernetes and
 * Calico were written against those: no leading zeros in IPv4, no zones, and an IPv4-mapped IPv6 address
 * (`::ffff:10.0.0.1`) is the IPv4 address. Source: RFC 4291 section 2.2 (input), RFC 5952 (output).
 */
export type IpVersion = 4 | 6

export interface Ip {
  readonly version: IpVersion
  /** In network byte order as one number: 0 to 2^32 - 1 for version 4, 0 to 2^128 - 1 for version 6. */
  readonly value: bigint
}

/** Bits of an address of that version, and so its longest prefix. */
export function addressBits(version: IpVersion): 32 | 128 {
  return version === 4 ? 32 : 128
}

/** Undefined for anything that is not exactly one address: no blanks around it, no prefix length, no zone, no port. */
export function parseIp(text: string): Ip | undefined {
  const ip = parseUnmapped(text)
  return ip !== undefined && isIpv4Mapped(ip) ? { version: 4, value: ip.value & 0xffff_ffffn } : ip
}

/** As `parseIp`, but an IPv4-mapped address stays IPv6: a prefix length beside it counts from the first of 128 bits. */
export function parseUnmapped(text: string): Ip | undefined {
  return parseIpv4(text) ?? (text.includes(':') ? parseIpv6(text) : undefined)
}

/** Is it in ::ffff:0:0/96, which stands for the whole of IPv4? */
export function isIpv4Mapped(ip: Ip): boolean {
  return ip.version === 6 && ip.value >> 32n === 0xffffn
}

/** The canonical text of RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
export function formatIp(ip: Ip): string {
  if (ip.version === 4) return formatIpv4(Number(ip.value))
  if (isIpv4Mapped(ip)) return `::ffff:${formatIpv4(Number(ip.value & 0xffff_ffffn))}`
  return compressZeros(groupsOf(ip.value))
}

/** Four numbers from 0 to 255 in decimal digits, without leading zeros, between dots. */
function parseIpv4(text: string): Ip | undefined {
  let [value, dots, octet] = [0, 0, -1]
  for (let position = 0; position < text.length; position++) {
    const code = text.charCodeAt(position)
    if (code === dot && octet >= 0) {
      value = value * 256 + octet
      dots++
      octet = -1
      continue
    }
    // A zero stands alone.
    if (!isDigit(code) || octet === 0) return undefined
    octet = octet < 0 ? code - zero : octet * 10 + code - zero
    if (octet > 255) return undefined
  }
  return dots === 3 && octet >= 0 ? { version: 4, value: BigInt(value * 256 + octet) } : undefined
}

const [dot, zero, nine] = [46, 48, 57]

function isDigit(code: number): boolean {
  return zero <= code && code <= nine
}

/** Eight groups of four hexadecimal digits; with `::` in it, the longest text is 45 characters. */
const longestIpv6Text = 45

function parseIpv6(text: string): Ip | undefined {
  if (text.length > longestIpv6Text) return undefined
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const groups = tail === undefined ? parseGroups(head, true) : joinAroundGap(head, tail)
  if (groups?.length !== 8) return undefined
  return { version: 6, value: BigInt(`0x${groups.map(fourDigits).join('')}`) }
}

/** The gap stands for at least one group of zeros. */
function joinAroundGap(head: string, tail: string): number[] | undefined {
  const before = parseGroups(head, false)
  const after = parseGroups(tail, true)
  if (before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  return missing < 1 ? undefined : [...before, ...Array<number>(missing).fill(0), ...after]
}

const groupForm = /^[0-9a-fA-F]{1,4}$/

/** Groups between colons; the end of an address may be written as IPv4, which is two groups. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined
    if (ipv4 !== undefined) groups.push(Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn))
    else if (groupForm.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function fourDigits(group: number): string {
  return group.toString(16).padStart(4, '0')
}

function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.')
}

function groupsOf(value: bigint): number[] {
  const digits = value.toString(16).padStart(32, '0')
  return Array.from({ length: 8 }, (_, index) => Number.parseInt(digits.slice(index * 4, index * 4 + 4), 16))
}

function compressZeros(groups: readonly number[]): string {
  const { start, length } = longestZeroRun(groups)
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start }
  }
  return longest
}
