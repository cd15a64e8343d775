/** Blocks of peers as a report names them. */
import { formatCidr, type IpVersion } from '@margay/netset'
import {
  type Block,
  cidrsOfSpan,
  type HostBlock,
  hostName,
  type NamedRow,
  subtractSpans,
} from '@margay/policy'

/** One end of connections. All of `workloads`, or of `hosts`, or addresses outside of the cluster, by prefixes or by names. */
export interface End {
  /** `host/name`, sorted; only where host endpoints are ends at all. */
  readonly hosts?: readonly string[]
  /** `namespace/name`, sorted. */
  readonly workloads: readonly string[]
  /** The fewest prefixes; of their addresses, those that are not a workload's are meant, nor one of `hosts`. */
  readonly outside: readonly string[]
  /** All other prefixes, where those are fewer; undefined where they are not. */
  readonly allBut?: readonly string[]
  /** Names of domains, and patterns of them: addresses outside that DNS gives for them. */
  readonly domains?: readonly string[]
  /** Of such addresses, those in these prefixes only; undefined: wherever they are. */
  readonly at?: readonly string[]
  /** All workloads that there are, and all addresses outside. */
  readonly isEverywhere?: boolean
}

export function endOf({ workloads, outside }: Block, version: IpVersion): End {
  const prefixes = prefixesOf(outside, version)
  const others = outside.length === 0 ? [] : prefixesOf(complementOf(outside, version), version)
  return {
    workloads: [...new Set(workloads.map(({ endpoint }) => endpoint.key))].sort(),
    outside: prefixes,
    ...(others.length < prefixes.length && others.length > 0 ? { allBut: others } : {}),
  }
}

export function hostEndOf(block: Block | HostBlock, version: IpVersion): End {
  const hosts = 'hosts' in block ? block.hosts.map(({ host }) => hostName(host.key)) : []
  return { hosts: [...new Set(hosts)].sort(), ...endOf(block, version) }
}

export function namedEndOf(
  { domains, outside }: Pick<NamedRow, 'domains' | 'outside'>,
  version: IpVersion,
): End {
  return {
    workloads: [],
    outside: [],
    domains,
    ...(outside !== undefined && { at: prefixesOf(outside, version) }),
  }
}

function prefixesOf(spans: Block['outside'], version: IpVersion): string[] {
  return spans.flatMap((span) => cidrsOfSpan(span, version)).map(formatCidr)
}

function complementOf(spans: Block['outside'], version: IpVersion): Block['outside'] {
  return subtractSpans([{ first: 0n, last: (1n << (version === 4 ? 32n : 128n)) - 1n }], spans)
}

/** All members, or `most` of them and how many more there are. */
export function formatEnd(end: End, most = Number.POSITIVE_INFINITY): string {
  const { outside, allBut, at, isEverywhere = false } = end
  if (at !== undefined) return `${listed(namesOf(end), most)} at ${listed(at, most)}`
  if (isEverywhere) return 'everywhere'
  if (allBut !== undefined) return `outside but ${listed(allBut, most)}`
  const prefixes = outside.map((it) => (isWholeFamily(it) ? `outside (${it})` : it))
  return listed([...namesOf(end), ...prefixes], most)
}

/** Of host endpoints and workloads; and names of domains, as `domain www.example.com`. */
export function namesOf({ hosts = [], workloads, domains = [] }: End): readonly string[] {
  return [...hosts, ...workloads, ...domains.map((it) => `domain ${it}`)]
}

/** All, or `most` of them and how many more there are. */
export function listed(names: readonly string[], most: number): string {
  const rest = names.length - most
  return rest <= 1 ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${rest} more`
}

/** Does one of the words stand in the name of a member, as a whole name, a namespace or an address? */
export function endHas(end: End, word: string): boolean {
  const isMeant = (name: string) => name === word || name.startsWith(`${word}/`) || name.endsWith(`/${word}`)
  return namesOf(end).some(isMeant) || end.outside.includes(word) || end.domains?.includes(word) === true
}

function isWholeFamily(cidr: string): boolean {
  return cidr === '0.0.0.0/0' || cidr === '::/0'
}
