/** Bytes of keys, data and comparisons as nft(8) would write them. */
import { fieldBytes, padded } from '../data-types.ts'
import { conntrackState, conntrackStatus, type DataType } from '../model.ts'

/** What bytes stand for: a data type of sets, or one of those that only comparisons have. */
export type ValueKind =
  | DataType
  | 'ether_type'
  | 'ct_state'
  | 'ct_status'
  | 'ct_direction'
  | 'packet_type'
  | 'presence'
  | 'address_type'
  | 'port_or_number'
  | 'bytes'

/** All of a value. A length that does not fit the kind is written as bytes. */
export function formatValue(kind: ValueKind, bytes: Uint8Array): string {
  switch (kind) {
    case 'ipv4_addr':
      return bytes.length === 4 ? bytes.join('.') : formatBytes(bytes)
    case 'ipv6_addr':
      return bytes.length === 16 ? formatIpv6(bytes) : formatBytes(bytes)
    case 'ether_addr':
      return [...bytes].map(hex).join(':')
    case 'ifname':
      return formatInterfaceName(bytes)
    case 'inet_service':
    case 'port_or_number':
    case 'icmp_type':
    case 'icmpv6_type':
      return String(bigEndian(bytes))
    case 'integer':
      return String(littleEndian(bytes))
    case 'mark':
      return `0x${littleEndian(bytes).toString(16).padStart(8, '0')}`
    case 'bytes':
      return formatBytes(bytes)
    case 'ct_state':
    case 'ct_status':
      return formatFlags(kind === 'ct_state' ? conntrackState : conntrackStatus, littleEndian(bytes))
    case 'inet_proto':
    case 'ether_type':
      return nameOr(kind, bigEndian(bytes))
    default:
      return nameOr(kind, littleEndian(bytes))
  }
}

/** A key or datum of several fields, each padded. */
export function formatConcatenation(fields: readonly DataType[], bytes: Uint8Array): string {
  return splitFields(fields, bytes)
    .map(([type, field]) => formatValue(type, field))
    .join(' . ')
}

/** The intervals from `key` to `keyEnd`, field by field; prefixes of addresses as such. */
export function formatInterval(fields: readonly DataType[], key: Uint8Array, keyEnd: Uint8Array): string {
  const last = splitFields(fields, keyEnd)
  return splitFields(fields, key)
    .map(([type, first], index) => formatRange(type, first, last[index]?.[1] ?? first))
    .join(' . ')
}

/** For example `10.0.0.0/8`, `80-90`, or one value. */
export function formatRange(kind: ValueKind, first: Uint8Array, last: Uint8Array): string {
  const [from, to] = [formatValue(kind, first), formatValue(kind, last)]
  if (from === to) return from
  const prefix = kind === 'ipv4_addr' || kind === 'ipv6_addr' ? prefixLength(first, last) : undefined
  return prefix === undefined ? `${from}-${to}` : `${from}/${prefix}`
}

/** How many bits are the same, when the rest is all 0 in `first` and all 1 in `last`. */
function prefixLength(first: Uint8Array, last: Uint8Array): number | undefined {
  const [a, b] = [binary(first), binary(last)]
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  return /^0*$/.test(a.slice(same)) && /^1*$/.test(b.slice(same)) ? same : undefined
}

function binary(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
}

/** How many bits of a mask are set, when they are the first ones. */
export function maskLength(mask: Uint8Array): number | undefined {
  const match = /^(1*)0*$/.exec(binary(mask))
  return match?.[1]?.length
}

function splitFields(fields: readonly DataType[], bytes: Uint8Array): [DataType, Uint8Array][] {
  let at = 0
  return fields.map((type) => {
    const field = bytes.subarray(at, at + fieldBytes(type))
    at += padded(fieldBytes(type))
    return [type, field]
  })
}

export function formatBytes(bytes: Uint8Array): string {
  return bytes.length === 0 ? '""' : `0x${[...bytes].map(hex).join('')}`
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** All zero bytes behind a name are padding; a shorter value compares only the beginning. */
function formatInterfaceName(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0)
  const name = String.fromCharCode(...(zero < 0 ? bytes : bytes.subarray(0, zero)))
  return JSON.stringify(zero < 0 && bytes.length < fieldBytes('ifname') ? `${name}*` : name)
}

/** RFC 5952: the longest run of zero groups, of two or more, is `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    bigEndian(bytes.subarray(index * 2, index * 2 + 2)).toString(16),
  )
  const text = groups.join(':')
  const runs = text.match(/\b0(:0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return text
  const at = text.search(new RegExp(`(^|:)${longest}($|:)`))
  const [before, after] = [text.slice(0, at), text.slice(at).replace(/^:/, '').slice(longest.length)]
  return `${before}::${after.replace(/^:/, '')}`
}

export function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0)
}

export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0)
}

function formatFlags(flags: Readonly<Record<string, number>>, value: number): string {
  const set = Object.entries(flags).filter(([, flag]) => (value & flag) !== 0)
  const rest = set.reduce((left, [, flag]) => left & ~flag, value)
  const names = set.map(([name]) => name)
  return names.length === 0 || rest !== 0 ? [...names, `0x${rest.toString(16)}`].join(',') : names.join(',')
}

const names: Readonly<Partial<Record<ValueKind, Readonly<Record<number, string>>>>> = {
  inet_proto: { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp', 136: 'udplite' },
  nf_proto: { 2: 'ipv4', 10: 'ipv6' },
  ether_type: { 2048: 'ip', 2054: 'arp', 34525: 'ip6', 33024: 'vlan' },
  ct_direction: { 0: 'original', 1: 'reply' },
  packet_type: { 0: 'host', 1: 'broadcast', 2: 'multicast', 3: 'other' },
  presence: { 0: 'missing', 1: 'exists' },
  address_type: {
    0: 'unspec',
    1: 'unicast',
    2: 'local',
    3: 'broadcast',
    4: 'anycast',
    5: 'multicast',
    6: 'blackhole',
    7: 'unreachable',
    8: 'prohibit',
  },
}

function nameOr(kind: ValueKind, number: number): string {
  return names[kind]?.[number] ?? String(number)
}
