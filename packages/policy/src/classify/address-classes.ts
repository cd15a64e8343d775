/**
 * Divides all addresses into classes such that addresses of one class meet the same criteria of the rules in use, so that a
 * packet's address has to be looked up once, whatever the number of rules.
 *
 * A class is made of what rules can read (labels that selectors name, prefixes that rules list, ports that they name), not of
 * which rules match: so a policy that comes or goes moves no address to another class unless it reads something new.
 * Cost: O(endpoints + prefixes), each times the number of its labels.
 */
import { type Cidr, type Ip, type IpVersion, nestedRanges, type OwnedCidr, PrefixTree } from '@margay/netset'
import type { NamedPort } from '../model/endpoint.ts'
import { addressKey } from '../state/address-key.ts'
import type { NetworkSetEntry } from '../state/address-set.ts'
import { type AddressClass, isInSet, type WithPorts } from './address-class.ts'
import { endpointKey, hostClassKey, listedKey, networkSetKey, rangeClassKey, sorted } from './class-key.ts'
import type { AddressRange, HostAddress } from './classified.ts'
import { type Criteria, netListKey } from './criteria.ts'
import type { Located } from './located.ts'

export class AddressClasses {
  readonly version: IpVersion
  /** Every class that some address is in. */
  readonly all: ReadonlyMap<string, AddressClass>
  readonly hosts: readonly HostAddress[]
  /** Of addresses without endpoint, those that some criterion speaks of, in ascending order. */
  readonly ranges: readonly AddressRange[]
  /** The class of every other address. */
  readonly elsewhere: AddressClass

  /** Classes that are also in `before` are the same objects. */
  constructor(version: IpVersion, population: Population, criteria: Criteria, before?: AddressClasses) {
    const builder = new Builder(version, criteria, population.networkSets, before?.all ?? new Map())
    this.version = version
    this.ranges = builder.ranges()
    this.elsewhere = builder.rangeClass([])
    this.hosts = builder.hosts(population.endpoints)
    this.all = builder.classes
  }
}

/** Whose addresses are classified. */
export interface Population {
  readonly endpoints: Iterable<Located>
  readonly networkSets: readonly NetworkSetEntry[]
}

/** All that is known of one address. */
interface Host {
  readonly address: Ip
  readonly endpoints: Located[]
  /** By the service's id; without ports where only its addresses are of use. */
  readonly services: Map<string, NamedPort[]>
}

/** An endpoint's key, as long as rules read the same of it. */
const keyByEndpoint = new WeakMap<Located, { readonly read: string; readonly key: string }>()

/** What a prefix says of its addresses: that a rule lists it, or that a network set with these labels has it. */
interface Owner {
  readonly key: string
  readonly labels?: ReadonlyMap<string, string>
  readonly netList?: string
}

class Builder {
  readonly classes = new Map<string, AddressClass>()
  readonly #version: IpVersion
  readonly #criteria: Criteria
  readonly #before: ReadonlyMap<string, AddressClass>
  readonly #prefixes: readonly OwnedCidr<Owner>[]
  readonly #tree = new PrefixTree<Owner[]>()

  constructor(
    version: IpVersion,
    criteria: Criteria,
    networkSets: readonly NetworkSetEntry[],
    before: ReadonlyMap<string, AddressClass>,
  ) {
    this.#version = version
    this.#criteria = criteria
    this.#before = before
    this.#prefixes = [...this.#listedPrefixes(), ...this.#networkSetPrefixes(networkSets)]
    for (const { cidr, owner } of this.#prefixes) {
      const there = this.#tree.get(cidr)
      if (there === undefined) this.#tree.set(cidr, [owner])
      else there.push(owner)
    }
  }

  ranges(): AddressRange[] {
    return nestedRanges(this.#prefixes).map(({ first, last, owners }) => ({
      first,
      last,
      class: this.rangeClass(owners),
    }))
  }

  /** Two endpoints with one address are in the sets of both. An address of a service need not be an endpoint's. */
  hosts(endpoints: Iterable<Located>): HostAddress[] {
    const byKey = new Map<string, Host>()
    for (const endpoint of endpoints) {
      for (const address of endpoint.addresses) this.#host(byKey, address)?.endpoints.push(endpoint)
    }
    for (const criterion of this.#criteria.byKey.values()) {
      if (criterion.kind !== 'Service') continue
      const { id } = criterion.service
      for (const address of criterion.service.addresses) this.#host(byKey, address)?.services.set(id, [])
      for (const { address, ...port } of criterion.service.places.members) {
        this.#host(byKey, address)
          ?.services.get(id)
          ?.push({ name: id, ...port })
      }
    }
    return [...byKey].map(([key, it]) => ({ key, address: it.address, class: this.#hostClass(it) }))
  }

  /** Undefined for an address of the other IP version. */
  #host(byKey: Map<string, Host>, address: Ip): Host | undefined {
    if (address.version !== this.#version) return undefined
    const known = byKey.get(addressKey(address))
    if (known !== undefined) return known
    const made: Host = { address, endpoints: [], services: new Map() }
    byKey.set(addressKey(address), made)
    return made
  }

  rangeClass(owners: readonly Owner[]): AddressClass {
    return this.#class(rangeClassKey(keysOf(owners)), () => ({
      kind: 'Ranges',
      identities: labelsOf(owners),
      netLists: netListsOf(owners),
      endpoints: [],
      services: [],
    }))
  }

  #hostClass({ address, endpoints, services }: Host): AddressClass {
    const owners = this.#tree.allMatches(address).flatMap(({ value }) => value)
    const known = new Map(endpoints.map((endpoint) => [this.#endpointKey(endpoint), endpoint]))
    const places = [...services].map(([id, ports]) => ({ id, ports }))
    return this.#class(hostClassKey(known.keys(), keysOf(owners), places), () => {
      const read = [...known.values()].map((endpoint) => this.#whatIsRead(endpoint))
      return {
        kind: 'Hosts',
        identities: [...read.map(({ labels }) => labels), ...labelsOf(owners)],
        netLists: netListsOf(owners),
        endpoints: read,
        services: places,
      }
    })
  }

  /**
   * Nothing but what the key says, since the class may stay when more is read: it is then also the class of an endpoint that has
   * nothing of that.
   */
  #whatIsRead({ labels, ports }: Located): WithPorts {
    return {
      labels: this.#onlyRead(labels),
      ports: ports.filter(({ name }) => this.#criteria.portNames.has(name)),
    }
  }

  #onlyRead(labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    return new Map([...labels].filter(([name]) => this.#criteria.labels.has(name)))
  }

  #class(key: string, make: () => Omit<AddressClass, 'key' | 'version'>): AddressClass {
    const known = this.classes.get(key)
    if (known !== undefined) return known
    const made = this.#before.get(key) ?? { key, version: this.#version, ...make() }
    this.classes.set(key, made)
    return made
  }

  #endpointKey(endpoint: Located): string {
    const known = keyByEndpoint.get(endpoint)
    if (known?.read === this.#criteria.read) return known.key
    const { labels, ports } = this.#whatIsRead(endpoint)
    const key = endpointKey(labels, ports)
    keyByEndpoint.set(endpoint, { read: this.#criteria.read, key })
    return key
  }

  *#listedPrefixes(): Iterable<OwnedCidr<Owner>> {
    for (const criterion of this.#criteria.byKey.values()) {
      if (criterion.kind !== 'Nets') continue
      const netList = netListKey(criterion.nets)
      yield* this.#own(criterion.nets, { key: listedKey(netList), netList })
    }
  }

  *#networkSetPrefixes(networkSets: readonly NetworkSetEntry[]): Iterable<OwnedCidr<Owner>> {
    const isSelectedByKey = new Map<string, boolean>()
    for (const { labels, nets } of networkSets) {
      const read = this.#onlyRead(labels)
      const key = networkSetKey(read)
      const isSelected = isSelectedByKey.get(key) ?? this.#isSelected(labels)
      isSelectedByKey.set(key, isSelected)
      if (isSelected) yield* this.#own(nets, { key, labels: read })
    }
  }

  #isSelected(labels: ReadonlyMap<string, string>): boolean {
    const identities = { identities: [labels] }
    return this.#criteria.byKey
      .values()
      .some((criterion) => criterion.kind === 'Set' && isInSet(criterion.set, identities))
  }

  #own(nets: readonly Cidr[], owner: Owner): OwnedCidr<Owner>[] {
    return nets.filter(({ version }) => version === this.#version).map((cidr) => ({ cidr, owner }))
  }
}

function keysOf(owners: readonly Owner[]): string[] {
  return sorted(new Set(owners.map(({ key }) => key)))
}

function labelsOf(owners: readonly Owner[]): ReadonlyMap<string, string>[] {
  const byKey = new Map(owners.map(({ key, labels }) => [key, labels]))
  return [...byKey.values()].filter((labels) => labels !== undefined)
}

function netListsOf(owners: readonly Owner[]): string[] {
  return [...new Set(owners.map(({ netList }) => netList).filter((key) => key !== undefined))]
}
