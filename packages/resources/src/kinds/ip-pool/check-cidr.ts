/** The addresses of a pool. Source: spec/api.md 1.7. */
import { type Cidr, cidrCovers, formatCidr, isMaskedCidr, parseCidr } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import { blockSizeLimits, defaultBlockSize } from './block-size.ts'
import type { IpPool } from './schema.ts'

export function* checkPoolCidr({ spec }: IpPool): Iterable<Issue> {
  const cidr = parseCidr(spec.cidr)
  if (cidr === undefined) {
    yield invalid(
      'spec.cidr',
      `must be a CIDR such as 10.244.0.0/16 or fd00:10::/64, but is ${describe(spec.cidr)}`,
    )
    return
  }
  if (!isMaskedCidr(spec.cidr))
    yield invalid(
      'spec.cidr',
      `must have no bits beyond its prefix, as ${formatCidr(cidr)}, but is ${describe(spec.cidr)}`,
    )
  yield* checkLinkLocal(cidr)
  yield* checkBlockSize(spec, cidr)
}

/** These addresses never leave a link: RFC 3927 for IPv4, RFC 4291 for IPv6. */
const linkLocal = ['169.254.0.0/16', 'fe80::/10'].flatMap((text) => parseCidr(text) ?? [])

function* checkLinkLocal(cidr: Cidr): Iterable<Issue> {
  const hit = linkLocal.find((other) => cidrCovers(other, cidr) || cidrCovers(cidr, other))
  if (hit !== undefined)
    yield invalid(
      'spec.cidr',
      `must not overlap with ${formatCidr(hit)}, which is for one link, but is ${formatCidr(cidr)}`,
    )
}

/** A pool holds at least one block, unless nobody takes blocks from it. */
function* checkBlockSize({ blockSize = 0, disabled }: IpPool['spec'], cidr: Cidr): Iterable<Issue> {
  const size = blockSize === 0 ? defaultBlockSize(cidr.version) : blockSize
  const { least, most } = blockSizeLimits(cidr.version)
  if (size < least || size > most)
    yield invalid('spec.blockSize', `must be from ${least} to ${most} for IPv${cidr.version}, but is ${size}`)
  else if (cidr.prefixLength > size && disabled !== true)
    yield invalid('spec.cidr', `must hold at least one block of /${size}, but is ${formatCidr(cidr)}`)
}
