/** Addresses outside of the cluster, divided by the criteria that hold there. */
import { type Cidr, hostCidr, type Ip, type IpVersion, nestedRanges, type OwnedCidr } from '@margay/netset'
import type { Criterion } from '../classify/criteria.ts'
import type { NamedPort } from '../model/endpoint.ts'
import { addressKey } from '../state/address-key.ts'
import { Facts } from './facts.ts'
import { byFirst, cutOut, joinSpans, type Span, subtractSpans } from './span.ts'

export interface OutsideClass {
  readonly facts: Facts
  /** Ascending and apart; never empty. */
  readonly spans: readonly Span[]
}

/** `taken`: addresses of endpoints, which are not outside. */
export function outsideClasses(
  criteria: readonly Criterion[],
  version: IpVersion,
  taken: readonly Ip[],
): OutsideClass[] {
  const owned = criteria.flatMap((criterion, number) =>
    cidrsOf(criterion)
      .filter((cidr) => cidr.version === version)
      .map((cidr): OwnedCidr<number> => ({ cidr, owner: number })),
  )
  const holes = taken.map(({ value }): Span => ({ first: value, last: value })).sort(byFirst)
  const ranges = withRest(nestedRanges(owned), version)
  const single = new SinglePorts(criteria)
  const classes = new Map<string, { facts: Facts; spans: Span[] }>()
  for (const { first, last, owners } of ranges) {
    for (const span of cutOut({ first, last }, holes)) {
      const facts = single.factsOf(owners, span, version)
      const known = classes.get(facts.key)
      if (known === undefined) classes.set(facts.key, { facts, spans: [span] })
      else known.spans.push(span)
    }
  }
  return [...classes.values()].map(({ facts, spans }) => ({ facts, spans: joinSpans(spans) }))
}

/** Where a criterion holds that is not about who one is: it may hold for other reasons at addresses of endpoints. */
function cidrsOf(criterion: Criterion): readonly Cidr[] {
  switch (criterion.kind) {
    case 'Set': {
      const hosts = [...criterion.set.hostEndpoints].flatMap((it) => it.expectedAddresses)
      return [...criterion.set.nets, ...hosts.map(hostCidr)]
    }
    case 'Nets':
      return criterion.nets
    // Which addresses have a name is known to a node's DNS alone.
    case 'Domains':
      return []
    case 'Service':
      return criterion.service.addresses.map(hostCidr)
    case 'Names':
      return (criterion.ports.named?.members ?? []).map(({ address }) => hostCidr(address))
  }
}

interface OwnedSpan extends Span {
  readonly owners: readonly number[]
}

/** And the addresses that are in none. */
function withRest(ranges: readonly OwnedSpan[], version: IpVersion): OwnedSpan[] {
  const all = { first: 0n, last: (1n << (version === 4 ? 32n : 128n)) - 1n }
  const rest = subtractSpans([all], ranges).map((span) => ({ ...span, owners: [] }))
  return [...ranges, ...rest].sort((one, other) => (one.first < other.first ? -1 : 1))
}

/** What names and services mean at single addresses. */
class SinglePorts {
  readonly #byNumber: ReadonlyMap<number, ReadonlyMap<string, NamedPort[]>>

  constructor(criteria: readonly Criterion[]) {
    this.#byNumber = new Map(
      criteria.flatMap((criterion, number) => {
        const places = placesOf(criterion)
        return places === undefined ? [] : [[number, places] as const]
      }),
    )
  }

  factsOf(owners: readonly number[], { first }: Span, version: IpVersion): Facts {
    const key = addressKey({ version, value: first })
    const met = owners.map((number) => [number, this.#byNumber.get(number)?.get(key) ?? []] as const)
    return new Facts(new Map(met))
  }
}

/** The ports at each address, by its key; undefined for criteria that are not about ports. */
export function placesOf(criterion: Criterion): ReadonlyMap<string, NamedPort[]> | undefined {
  const set =
    criterion.kind === 'Service'
      ? criterion.service.places
      : criterion.kind === 'Names'
        ? criterion.ports.named
        : undefined
  if (set === undefined) return undefined
  const grouped = Map.groupBy(set.members, ({ address }) => addressKey(address))
  const named = ({ protocol, port }: { protocol: number; port: number }) => ({ name: '', protocol, port })
  return new Map([...grouped].map(([key, members]) => [key, members.map(named)]))
}
