/** How many bytes keys and data have. Source: nft(8), data types. */
import type { DataType, NftSet } from './model.ts'

const bytesOfType: Readonly<Record<DataType, number>> = {
  ipv4_addr: 4,
  ipv6_addr: 16,
  ether_addr: 6,
  inet_proto: 1,
  inet_service: 2,
  icmp_type: 1,
  icmpv6_type: 1,
  mark: 4,
  ifname: 16,
  nf_proto: 1,
  integer: 4,
}

const hostOrder: ReadonlySet<DataType> = new Set(['mark', 'ifname', 'nf_proto', 'integer'])

/** Of one field, without padding. */
export function fieldBytes(type: DataType): number {
  return bytesOfType[type]
}

export function isHostOrder(type: DataType): boolean {
  return hostOrder.has(type)
}

/** To a multiple of 4: a field fills whole registers. */
export function padded(bytes: number): number {
  return (bytes + 3) & ~3
}

/** Of a key or datum: one field as it is, several with each padded. */
export function concatenatedBytes(fields: readonly DataType[]): number {
  const [only] = fields
  if (only !== undefined && fields.length === 1) return fieldBytes(only)
  return fields.reduce((sum, type) => sum + padded(fieldBytes(type)), 0)
}

/** The key as the kernel has it: the padding of one field is cut off. */
export function trimmedKey({ key }: Pick<NftSet, 'key'>, bytes: Uint8Array): Uint8Array {
  const length = concatenatedBytes(key)
  return key.length === 1 && bytes.length > length ? bytes.subarray(0, length) : bytes
}
