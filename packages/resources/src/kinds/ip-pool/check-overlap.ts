/** Between pools: an address belongs to one of them. Source: spec/api.md 1.7. */
import { cidrCovers, parseCidr } from '@margay/netset'
import { type Issue, invalid } from '../../schema/issue.ts'
import type { IpPool } from './schema.ts'

/** Disabled pools count too: what was given out of them is still in use, and they may be enabled again. */
export function* checkPoolOverlap(pool: IpPool, others: Iterable<IpPool>): Iterable<Issue> {
  for (const other of others) {
    if (other.metadata.name === pool.metadata.name || !overlap(pool.spec.cidr, other.spec.cidr)) continue
    yield invalid(
      'spec.cidr',
      `must not overlap with the pool ${other.metadata.name}, which has ${other.spec.cidr}, but is ${pool.spec.cidr}`,
    )
  }
}

/** Of two CIDRs that share an address, one holds the other. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)]
  return a !== undefined && b !== undefined && (cidrCovers(a, b) || cidrCovers(b, a))
}
