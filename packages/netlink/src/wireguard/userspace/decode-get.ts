/**
 * Answers of the userspace protocol. Each line is checked; keys of newer versions are passed over. Errors name lines, and
 * never repeat them.
 *
 * Source: wireguard.com/xplatform, "Configuration Protocol".
 */
import { isIP } from 'node:net'
import { Span } from '../../message/attributes.ts'
import { decodeIp, encodeIp } from '../../route/ip-bytes.ts'
import { errnoName } from '../../syscalls/errno.ts'
import { canonicalPrefix, prefixText } from '../checks.ts'
import { WireguardDecodeError } from '../errors.ts'
import { encodeKey, keyBytes } from '../keys.ts'
import type { WireguardDevice, WireguardEndpoint, WireguardPeer } from '../model.ts'
import { PrivateKey } from '../private-key.ts'

/** `errno` is undefined when the request was granted; else the device is as far as it was told. */
export interface GetAnswer {
  readonly errno: string | undefined
  readonly device: WireguardDevice
}

/** @throws WireguardDecodeError */
export function decodeGet(answer: string): GetAnswer {
  const lines = readLines(answer)
  const errno = takeErrno(lines)
  const starts = lines.flatMap(({ key }, index) => (key === 'public_key' ? [index] : []))
  const peers = starts.map((start, index) => readPeer(lines.slice(start, starts[index + 1])))
  return { errno, device: { ...readDevice(lines.slice(0, starts[0])), peers } }
}

/** The errno, undefined when the request was granted. @throws WireguardDecodeError */
export function decodeSet(answer: string): string | undefined {
  return takeErrno(readLines(answer))
}

interface Line {
  readonly number: number
  readonly key: string
  readonly value: string
}

/** It is the last line. wireguard-go gives negative numbers; the protocol says nothing of the sign. */
function takeErrno(lines: Line[]): string | undefined {
  const last = lines.pop()
  if (last?.key !== 'errno') throw new WireguardDecodeError('errno is missing', lines.length + 1)
  const code = integer({ ...last, value: last.value.replace(/^-/, '') }, 0xffff)
  return code === 0 ? undefined : errnoName(code)
}

/** Those before the empty line that ends the answer. */
function readLines(answer: string): Line[] {
  const end = answer.indexOf('\n\n')
  if (end < 0) throw new WireguardDecodeError('the answer does not end', answer.split('\n').length)
  return answer
    .slice(0, end)
    .split('\n')
    .map((line, index) => {
      const equals = line.indexOf('=')
      if (equals < 1) throw new WireguardDecodeError('is not key=value', index + 1)
      return { number: index + 1, key: line.slice(0, equals), value: line.slice(equals + 1) }
    })
}

function readDevice(lines: readonly Line[]): Omit<WireguardDevice, 'peers'> {
  const device: { publicKey: string | undefined; listenPort: number; fwmark: number } = {
    publicKey: undefined,
    listenPort: 0,
    fwmark: 0,
  }
  for (const line of lines) {
    if (line.key === 'private_key') device.publicKey = publicKeyOf(line)
    else if (line.key === 'listen_port') device.listenPort = integer(line, 0xffff)
    else if (line.key === 'fwmark') device.fwmark = integer(line, 0xffffffff)
  }
  return device
}

/** `lines` begin with `public_key`. */
function readPeer(lines: readonly Line[]): WireguardPeer {
  const find = (key: string) => lines.findLast((line) => line.key === key)
  const count = (key: string, max: number) => {
    const line = find(key)
    return line === undefined ? 0 : integer(line, max)
  }
  const [first] = lines
  const endpoint = find('endpoint')
  return {
    publicKey: first === undefined ? '' : encodeKey(keyOf(first)),
    endpoint: endpoint === undefined ? undefined : endpointOf(endpoint),
    allowedIps: lines
      .filter(({ key }) => key === 'allowed_ip')
      .map(cidrOf)
      .sort(),
    keepaliveSeconds: count('persistent_keepalive_interval', 0xffff),
    lastHandshake: timeOf(
      count('last_handshake_time_sec', maxSeconds),
      count('last_handshake_time_nsec', 999_999_999),
    ),
    receivedBytes: count('rx_bytes', Number.MAX_SAFE_INTEGER),
    sentBytes: count('tx_bytes', Number.MAX_SAFE_INTEGER),
  }
}

/** Beyond, there is no Date: the year 275760. */
const maxSeconds = 8.64e12 - 1

function timeOf(seconds: number, nanoseconds: number): Date | undefined {
  if (seconds === 0 && nanoseconds === 0) return undefined
  return new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6))
}

function integer({ key, value, number }: Line, max: number): number {
  const read = /^\d{1,19}$/.test(value) ? Number(value) : Number.NaN
  if (read <= max) return read
  throw new WireguardDecodeError(`${key} is no number from 0 to ${max}`, number)
}

function keyOf({ key, value, number }: Line): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(value))
    throw new WireguardDecodeError(`${key} is not ${keyBytes * 2} hexadecimal digits`, number)
  return new Uint8Array(Buffer.from(value, 'hex'))
}

/** All zero is none. */
function publicKeyOf(line: Line): string | undefined {
  const bytes = keyOf(line)
  return bytes.every((byte) => byte === 0) ? undefined : PrivateKey.ofBytes(bytes).publicKey
}

/** Zones of link-local addresses stay as they are told. */
function endpointOf({ value, number }: Line): WireguardEndpoint {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) ?? []
  const [address = '', ...zone] = (bracketed ?? plain ?? '').split('%')
  if (isIP(address) === 0 || zone.length > 1 || Number(port) > 0xffff)
    throw new WireguardDecodeError('endpoint is not address:port', number)
  return { address: [decodeIp(Span.of(encodeIp(address))), ...zone].join('%'), port: Number(port) }
}

function cidrOf({ value, number }: Line): string {
  try {
    return prefixText(canonicalPrefix(value))
  } catch (error) {
    if (error instanceof RangeError) throw new WireguardDecodeError('allowed_ip is no CIDR', number)
    throw error
  }
}
