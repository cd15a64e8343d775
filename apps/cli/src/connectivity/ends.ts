/** Blocks of peers as a report names them. */
import { formatCidr, type IpVersion } from '@margay/netset'
import { type Block, cidrsOfSpan } from '@margay/policy'

/** One end of connections. All of `workloads`, or addresses outside of the cluster. */
export interface End {
  /** `namespace/name`, sorted. */
  readonly workloads: readonly string[]
  /** The fewest prefixes; of their addresses, those that are not a workload's are meant. */
  readonly outside: readonly string[]
}

export function endOf({ workloads, outside }: Block, version: IpVersion): End {
  return {
    workloads: [...new Set(workloads.map(({ endpoint }) => endpoint.key))].sort(),
    outside: outside.flatMap((span) => cidrsOfSpan(span, version)).map(formatCidr),
  }
}

/** All members, or `most` of them and how many more there are. */
export function formatEnd({ workloads, outside }: End, most = Number.POSITIVE_INFINITY): string {
  const names = [...workloads, ...outside.map((it) => (isEverywhere(it) ? `outside (${it})` : it))]
  const rest = names.length - most
  return rest <= 1 ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${rest} more`
}

/** Does one of the words stand in the name of a member, as a whole name, a namespace or an address? */
export function endHas({ workloads, outside }: End, word: string): boolean {
  const isMeant = (name: string) => name === word || name.startsWith(`${word}/`) || name.endsWith(`/${word}`)
  return workloads.some(isMeant) || outside.includes(word)
}

function isEverywhere(cidr: string): boolean {
  return cidr === '0.0.0.0/0' || cidr === '::/0'
}
