/** Addresses and prefixes between text and the bytes of messages (network byte order). */
import { isIP } from 'node:net'
import { NetlinkDecodeError } from '../errors.ts'
import type { Span } from '../message/attributes.ts'
import { AF_INET, AF_INET6 } from './constants.ts'

export type IpFamily = 4 | 6

export interface IpPrefix {
  readonly family: IpFamily
  readonly bytes: Uint8Array
  /** Bits: 0 to 32, or to 128. */
  readonly length: number
}

/** @throws RangeError when it is no address, or has a zone */
export function encodeIp(text: string): Uint8Array {
  const family = text.includes('%') ? 0 : isIP(text)
  if (family === 4) return Uint8Array.from(text.split('.').map(Number))
  if (family === 6) return encodeIpv6(text)
  throw new RangeError(`${JSON.stringify(text)} is not an IP address`)
}

/** Canonical text (RFC 5952). @throws NetlinkDecodeError unless there are 4 or 16 bytes */
export function decodeIp(span: Span): string {
  const bytes = span.bytes()
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length === 16) return formatIpv6(groupsOf(bytes))
  throw new NetlinkDecodeError(`an address of ${bytes.length} bytes`, span.start)
}

/** `10.0.0.0/8`, or an address alone for all its bits. @throws RangeError */
export function encodePrefix(text: string): IpPrefix {
  const [address = '', length, ...more] = text.split('/')
  const bytes = encodeIp(address)
  const bits = bytes.length * 8
  const number = length === undefined ? bits : Number(length)
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && number <= bits)
  if (!isLength || more.length > 0) throw new RangeError(`${JSON.stringify(text)} is not a CIDR`)
  return { family: familyOfBytes(bytes), bytes, length: number }
}

/** The all-zero address where there is none: routes to everywhere leave it out. */
export function decodePrefix(address: Span | undefined, length: number, family: IpFamily): string {
  const text = address === undefined ? (family === 4 ? '0.0.0.0' : '::') : decodeIp(address)
  return `${text}/${length}`
}

export function familyOfIp(text: string): IpFamily {
  return familyOfBytes(encodeIp(text))
}

export function addressFamily(family: IpFamily): number {
  return family === 4 ? AF_INET : AF_INET6
}

/** Undefined for what is neither IPv4 nor IPv6, such as bridges and multicast routing. */
export function ipFamily(addressFamily: number): IpFamily | undefined {
  if (addressFamily === AF_INET) return 4
  return addressFamily === AF_INET6 ? 6 : undefined
}

/** Six bytes, each as two hexadecimal digits, joined by colons. @throws RangeError */
export function encodeMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text))
    throw new RangeError(`${JSON.stringify(text)} is not a link-layer address such as 02:00:00:00:00:01`)
  return Uint8Array.from(text.split(':').map((byte) => Number.parseInt(byte, 16)))
}

/** Undefined where there is none (length 0). Tunnels have addresses of other lengths; they are written the same way. */
export function decodeMac(span: Span | undefined): string | undefined {
  if (span === undefined || span.length === 0) return undefined
  return [...span.bytes()].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

function familyOfBytes(bytes: Uint8Array): IpFamily {
  return bytes.length === 4 ? 4 : 6
}

function encodeIpv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::')
  const [before, after] = [groupBytes(head), groupBytes(tail ?? '')]
  const bytes = new Uint8Array(16)
  bytes.set(before)
  if (tail !== undefined) bytes.set(after, 16 - after.length)
  return bytes
}

/** The last group may be IPv4's four numbers. */
function groupBytes(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 255]
  })
}

function groupsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  return Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2))
}

/** The first longest run of at least two zero groups becomes `::`. */
function formatIpv6(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return formatMapped(groups)
  const run = longestZeroRun(groups)
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return text(groups)
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`
}

function formatMapped(groups: readonly number[]): string {
  const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 255])
  return `::ffff:${bytes.join('.')}`
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
  }
  return best
}
