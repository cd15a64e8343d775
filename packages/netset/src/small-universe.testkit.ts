import fc from 'fast-check'
import type { Cidr } from './cidr.ts'
import type { Ip } from './ip.ts'

/** Small enough to try every address: 16 addresses from 10.0.0.0 and 16 from 2001:db8::. */
const universes = [
  { version: 4, start: 0x0a00_0000n, shortest: 28, bits: 32 },
  { version: 6, start: 0x2001_0db8n << 96n, shortest: 124, bits: 128 },
] as const

export const everyAddress: readonly Ip[] = universes.flatMap(({ version, start }) =>
  Array.from({ length: 16 }, (_, offset) => ({ version, value: start + BigInt(offset) })),
)

/** Every CIDR within the two universes: 31 of each. */
export const everyCidr: readonly Cidr[] = universes.flatMap(({ version, start, shortest, bits }) =>
  Array.from({ length: bits - shortest + 1 }, (_, extra) => shortest + extra).flatMap((prefixLength) =>
    Array.from({ length: 2 ** (prefixLength - shortest) }, (_, index) => ({
      version,
      base: start + (BigInt(index) << BigInt(bits - prefixLength)),
      prefixLength,
    })),
  ),
)

export const smallCidr = fc.constantFrom(...everyCidr)
export const smallCidrs = fc.array(smallCidr, { maxLength: 12 })

/** Membership spelled out in arithmetic, without shifts or masks. */
export function slowContains(cidr: Cidr, ip: Ip): boolean {
  const size = 2n ** BigInt((cidr.version === 4 ? 32 : 128) - cidr.prefixLength)
  return cidr.version === ip.version && ip.value >= cidr.base && ip.value < cidr.base + size
}
