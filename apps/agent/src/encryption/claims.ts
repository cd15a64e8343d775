/** Which node an address belongs to, where two claim it. Pure. */
import { type Cidr, cidrCovers, formatCidr } from '@margay/netset'

export interface Claim {
  readonly node: string
  readonly cidr: Cidr
}

export interface Settled {
  /** By CIDR in canonical text: who has it. */
  readonly owners: ReadonlyMap<string, Claim>
  /** A line for each. */
  readonly problems: readonly string[]
}

/**
 * The same CIDR belongs to the first node by name, whatever order they came in: WireGuard would give it to whoever came last. `blocks` are
 * what nodes give addresses from; one that holds another node's is told, and the longer prefix has its part, as in routing. `strays` are
 * single addresses: those inside the block of another node are borrowed, which is usual.
 */
export function settleClaims(blocks: readonly Claim[], strays: readonly Claim[]): Settled {
  const owners = new Map<string, Claim>()
  const problems: string[] = []
  for (const claim of [...blocks, ...strays].toSorted(byNode)) {
    const text = formatCidr(claim.cidr)
    const owner = owners.get(text)
    if (owner === undefined) owners.set(text, claim)
    else if (owner.node !== claim.node) problems.push(contestedLine(text, owner.node, claim.node))
  }
  return { owners, problems: [...problems, ...overlaps(blocks)] }
}

export function contestedLine(cidr: string, owner: string, other: string): string {
  return `nodes ${owner} and ${other} both have ${cidr}: it is taken as ${owner}'s`
}

function byNode(one: Claim, other: Claim): number {
  return one.node < other.node ? -1 : one.node > other.node ? 1 : 0
}

/** In order of address, the larger first, whoever is inside another comes behind it. */
export function overlaps(blocks: readonly Claim[]): string[] {
  const open: Claim[] = []
  const lines: string[] = []
  for (const claim of blocks.toSorted(bySpan)) {
    while (open.length > 0 && !cidrCovers((open.at(-1) as Claim).cidr, claim.cidr)) open.pop()
    const around = open.at(-1)
    if (
      around !== undefined &&
      around.node !== claim.node &&
      around.cidr.prefixLength < claim.cidr.prefixLength
    )
      lines.push(
        `${formatCidr(claim.cidr)} of node ${claim.node} lies in ${formatCidr(around.cidr)} of node ${around.node}: it is taken as ${claim.node}'s`,
      )
    open.push(claim)
  }
  return lines
}

function bySpan({ cidr: one, node }: Claim, { cidr: other, node: otherNode }: Claim): number {
  if (one.base !== other.base) return one.base < other.base ? -1 : 1
  if (one.prefixLength !== other.prefixLength) return one.prefixLength - other.prefixLength
  return node < otherNode ? -1 : 1
}
