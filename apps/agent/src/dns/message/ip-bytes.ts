/** Addresses as they are in packets and records. */
import type { Ip } from '@margay/netset'

export const ipv4Length = 4
export const ipv6Length = 16

/** There have to be 4 bytes from `at` on. */
export function ipv4At(bytes: Uint8Array, at: number): Ip {
  return { version: 4, value: BigInt(uint32At(bytes, at)) }
}

/** There have to be 16 bytes from `at` on. */
export function ipv6At(bytes: Uint8Array, at: number): Ip {
  const words = [0, 4, 8, 12].map((offset) => BigInt(uint32At(bytes, at + offset)))
  return { version: 6, value: words.reduce((value, word) => (value << 32n) | word, 0n) }
}

export function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return uint16At(bytes, at) * 0x1_0000 + uint16At(bytes, at + 2)
}
