/** Prefixes around the addresses of a cast, so that each holds some of them and leaves out others. */
import { formatCidr, type IpVersion, parseCidr, parseIp } from '@margay/netset'
import fc from 'fast-check'
import type { Cast } from './cast.ts'

const lengths: Readonly<Record<IpVersion, readonly number[]>> = {
  4: [32, 31, 30, 25, 24, 17, 16, 8, 1, 0],
  6: [128, 127, 126, 113, 112, 64, 48, 32, 1, 0],
}

/** Every address of the cast, of one family. */
export function addressesOf(cast: Cast, version: IpVersion): string[] {
  return [...cast.seats, ...cast.strangers, ...cast.nodes]
    .flatMap(({ addresses }) => addresses)
    .filter((address) => parseIp(address)?.version === version)
}

/** Masked, as rules need them; the shortest are the whole family and its half. */
export function netsOf(cast: Cast, version: IpVersion): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...addressesOf(cast, version)), fc.constantFrom(...lengths[version]))
    .map(([address, length]) => masked(`${address}/${length}`))
}

/** As network sets take them: of both families, also bare addresses and prefixes with host bits. */
export function looseNetsOf(cast: Cast): fc.Arbitrary<string> {
  return fc.oneof(
    ...([4, 6] as const).flatMap((version) => [
      netsOf(cast, version),
      fc.constantFrom(...addressesOf(cast, version)),
      fc
        .tuple(fc.constantFrom(...addressesOf(cast, version)), fc.constantFrom(...lengths[version]))
        .map((parts) => parts.join('/')),
    ]),
  )
}

function masked(text: string): string {
  const cidr = parseCidr(text)
  return cidr === undefined ? text : formatCidr(cidr)
}
