/** Keys and data as nf_tables holds them: each field padded with zero bytes to a multiple of 4. */
import type { Ip } from '@margay/netset'

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** 32 bits in the byte order of this machine, as marks and our own numbers are. */
export function hostInt(value: number): Uint8Array {
  return isLittleEndian
    ? Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
    : Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** 16 bits in network byte order, then two zero bytes. */
export function port(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff, 0, 0)
}

/** One byte, then three zero bytes. */
export function octet(value: number): Uint8Array {
  return Uint8Array.of(value, 0, 0, 0)
}

/** 4 or 16 bytes in network byte order. */
export function address(ip: Ip): Uint8Array {
  const bytes = new Uint8Array(ip.version === 4 ? 4 : 16)
  let rest = ip.value
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** The name of an interface: 16 bytes, as the kernel compares it. */
export function interfaceName(name: string): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes.set(ascii(name).subarray(0, 15))
  return bytes
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
