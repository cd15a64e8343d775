/**
 * What tells an agent that starts whose addresses are still with whom its predecessor left them.
 *
 * Interfaces have a number that is there to be used by whoever needs one: `tag`, see ip-sysctl of the kernel. It stays when a link
 * goes down, goes with the link, and begins with 0, also where a new link has the name and the index of one that went. So an
 * interface that is marked for its addresses has had them since an agent last saw to their connections. Nothing else is needed for that:
 * no file that could be lost, or be older than the kernel.
 */
import { createHash } from 'node:crypto'

export interface Mark {
  /** Below /proc/sys. */
  readonly path: string
  /** A whole number from 1 to 2^31-1, as text. */
  readonly value: string
}

/** That an agent has marked what was there: only where this is, does a missing mark say anything. The letters MG. */
export const nodeMark: Mark = { path: tagOf('lo'), value: String(0x4d47) }

/** That the interface has these addresses, in whatever order they are told. */
export function holderMark(interfaceName: string, addresses: readonly string[]): Mark {
  const digest = createHash('sha256').update(addresses.toSorted().join(' ')).digest()
  const number = digest.readUInt32BE(0) >>> 1
  return { path: tagOf(interfaceName), value: String(number === 0 ? 1 : number) }
}

function tagOf(interfaceName: string): string {
  return `net/ipv4/conf/${interfaceName}/tag`
}
