/** What devices of both kinds can take, and the texts that both give. */
import { Span } from '../message/attributes.ts'
import { decodeIp, encodeIp, encodePrefix, type IpPrefix } from '../route/ip-bytes.ts'
import type { WireguardEndpoint } from './model.ts'

/** @throws RangeError */
export function checkNumber(value: number, min: number, max: number, what: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`${what} is ${value}: allowed are ${min} to ${max}`)
}

export const checkPort = (port: number) => checkNumber(port, 0, 0xffff, 'the listening port')
export const checkMark = (mark: number) => checkNumber(mark, 0, 0xffffffff, 'the fwmark')
export const checkKeepalive = (seconds: number) => checkNumber(seconds, 0, 0xffff, 'the keepalive in seconds')

export interface EndpointBytes {
  /** 4 or 16. */
  readonly address: Uint8Array
  readonly port: number
}

/** @throws RangeError */
export function endpointBytes({ address, port }: WireguardEndpoint): EndpointBytes {
  return { address: encodeIp(address), port: checkNumber(port, 1, 0xffff, 'the port of an endpoint') }
}

/** Bits behind the prefix are cleared, as devices do it. @throws RangeError when it is no CIDR */
export function canonicalPrefix(cidr: string): IpPrefix {
  const prefix = encodePrefix(cidr)
  const bytes = prefix.bytes.map((byte, index) => byte & maskOf(prefix.length - index * 8))
  return { ...prefix, bytes }
}

/** The highest `bits` of a byte. */
function maskOf(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff
}

export function prefixText({ bytes, length }: IpPrefix): string {
  return `${decodeIp(Span.of(bytes))}/${length}`
}
