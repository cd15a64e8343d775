/** Addresses that no rule in use can tell apart. */
import type { IpVersion } from '@margay/netset'
import { matchesSelector } from '@margay/resources'
import type { NamedPort } from '../model/endpoint.ts'
import type { PortMatch } from '../model/rule.ts'
import type { AddressSet } from '../state/address-set.ts'
import type { ServiceSet } from '../state/service-set.ts'
import { type Criterion, netListKey } from './criteria.ts'
import { type Naming, unnamed } from './naming.ts'
import type { Labels } from './read-labels.ts'

/** What a class says of its addresses. */
export interface ClassContent {
  /** Equal for equal classes, also of another time and another process. */
  readonly key: string
  readonly version: IpVersion
  /** Hosts are addresses of endpoints, one by one; ranges are all others. */
  readonly kind: 'Hosts' | 'Ranges'
  /** The labels of each endpoint and network set that has the addresses. */
  readonly identities: readonly Labels[]
  /** One for each kind of endpoint that has them, for its named ports; empty for ranges. */
  readonly endpoints: readonly WithPorts[]
  /** Keys of the prefix lists that hold them (see `netListKey`). */
  readonly netLists: readonly string[]
  /** Where services are to be found at the addresses. */
  readonly services: readonly ServicePlaces[]
  /** What names say of them; of an endpoint's address, nothing. */
  readonly naming?: Naming
}

/** There may be one for each address: what is known of it is in its fields, since an entry in a map takes more than the field. */
export class AddressClass implements ClassContent {
  readonly key: string
  readonly version: IpVersion
  readonly kind: 'Hosts' | 'Ranges'
  readonly identities: readonly Labels[]
  readonly endpoints: readonly WithPorts[]
  readonly netLists: readonly string[]
  readonly services: readonly ServicePlaces[]
  readonly naming: Naming
  /** How many are in it, and how many there were when changes were taken the last time: see `ClassTable`. */
  members = 0
  membersBefore = 0
  /** What it meets, as far as that was asked: see `Meetings`. */
  met: readonly Criterion[] | undefined = undefined

  constructor({ key, version, kind, identities, endpoints, netLists, services, naming }: ClassContent) {
    this.key = key
    this.version = version
    this.kind = kind
    this.identities = identities
    this.endpoints = endpoints
    this.netLists = netLists
    this.services = services
    this.naming = naming ?? unnamed
  }
}

export interface ServicePlaces {
  /** Of the service set. */
  readonly id: string
  readonly ports: readonly NamedPort[]
}

export interface WithPorts {
  readonly labels: Labels
  readonly ports: readonly NamedPort[]
}

export function meets(criterion: Criterion, addresses: ClassContent): boolean {
  switch (criterion.kind) {
    case 'Set':
      return (
        isInSet(criterion.set, addresses) ||
        (criterion.countsNames && isInSet(criterion.set, addresses.naming ?? unnamed))
      )
    case 'Domains':
      return addresses.naming?.domainLists.includes(criterion.domains.key) === true
    case 'Nets':
      return addresses.netLists.includes(netListKey(criterion.nets))
    case 'Service':
      return addresses.services.some(({ id }) => id === criterion.service.id)
    case 'Names':
      return namedPortsAt(criterion.ports, addresses).length > 0
  }
}

export function isInSet({ selector }: AddressSet, { identities }: Pick<ClassContent, 'identities'>): boolean {
  return identities.some((labels) => matchesSelector(selector, (name) => labels.get(name)))
}

/** The ports of a service at the addresses of a class. */
export function servicePortsAt({ id }: ServiceSet, { services }: ClassContent): readonly NamedPort[] {
  return services.find((it) => it.id === id)?.ports ?? []
}

/** What the names mean at the addresses of a class. */
export function namedPortsAt(match: PortMatch, { endpoints }: ClassContent): NamedPort[] {
  return match.names.length === 0 ? [] : endpoints.flatMap((endpoint) => namedPortsOf(match, endpoint))
}

/** What the names mean at one endpoint. */
export function namedPortsOf({ names, namesWithin }: PortMatch, { labels, ports }: WithPorts): NamedPort[] {
  const counts = () =>
    namesWithin === undefined || matchesSelector(namesWithin.selector, (name) => labels.get(name))
  const named = ports.filter(({ name }) => names.includes(name))
  return named.length > 0 && counts() ? named : []
}
