/** What classes are, spelled out address by address, from nothing but the definition. */
import { type Cidr, cidrContains, type Ip, type IpVersion } from '@margay/netset'
import { type DomainPattern, matchesDomain, matchesSelector, type Selector } from '@margay/resources'
import type { NamedPort } from '../model/endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { addressKey } from '../state/address-key.ts'
import { type Criterion, labelsReadBy, netListKey } from './criteria.ts'
import type { Located } from './located.ts'
import type { NamedAddress } from './named-addresses.ts'

export interface SlowInput {
  readonly version: IpVersion
  readonly located: readonly Located[]
  readonly networkSets: readonly NetworkSetEntry[]
  /** Of each address one. */
  readonly named: readonly NamedAddress[]
  /** Of each key one. */
  readonly criteria: readonly Criterion[]
}

/** The key of the class that an address is in. */
export function slowClassKey(input: SlowInput, address: Ip): string {
  const owners = ownersAt(input, address)
  if (!isHost(input, address)) return `r${JSON.stringify(owners)}`
  const endpoints = residentsAt(input, address).map((it) => endpointKey(input, it))
  const services = servicesAt(input, address).map(({ id, places }) => {
    const here = places.members.filter((place) => isSameAddress(place.address, address))
    return JSON.stringify([id, here.map(({ protocol, port }) => `${id} ${protocol} ${port}`).sort()])
  })
  const known = [unique(endpoints), owners, services.sort()]
  const names = namingAt(input, address)
  return `h${JSON.stringify(names.length === 0 ? known : [...known, names])}`
}

/** What is read of endpoints with addresses of some version: of each kind one. */
export function slowReadings(input: SlowInput): string[] {
  const housed = input.located.filter(({ addresses }) => addresses.length > 0)
  return unique(housed.map((it) => endpointKey(input, it)))
}

/** Addresses of endpoints and services, and those of which a name says something. */
export function slowHosts(input: SlowInput): Map<string, Ip> {
  const ofServices = input.criteria.flatMap((it) => (it.kind === 'Service' ? it.service.addresses : []))
  const named = input.named.map(({ address }) => address).filter((it) => ownersByName(input, it).length > 0)
  const all = [...input.located.flatMap(({ addresses }) => addresses), ...ofServices, ...named]
  return new Map(all.filter((ip) => ip.version === input.version).map((ip) => [addressKey(ip), ip]))
}

/** Of each range in which nothing changes, the first and the last address; together they are all addresses. */
export function slowEdges({ version, networkSets, criteria }: SlowInput): [first: bigint, last: bigint][] {
  const listed = criteria.flatMap((it) => (it.kind === 'Nets' ? it.nets : []))
  const nets = [...listed, ...networkSets.flatMap((it) => it.nets)].filter((it) => it.version === version)
  const end = 1n << (version === 4 ? 32n : 128n)
  const edges = [0n, end, ...nets.flatMap((net) => [net.base, endOf(net)])]
  const starts = [...new Set(edges)].sort((left, right) => (left < right ? -1 : 1))
  return starts.slice(0, -1).map((first, i) => [first, (starts[i + 1] ?? end) - 1n])
}

/** Does a rule with this criterion mean the address? */
export function slowMeets(input: SlowInput, criterion: Criterion, address: Ip): boolean {
  switch (criterion.kind) {
    case 'Set':
      return (
        residentsAt(input, address).some(({ labels }) => matches(criterion.set.selector, labels)) ||
        input.networkSets.some(
          ({ labels, nets }) => matches(criterion.set.selector, labels) && holds(nets, address),
        ) ||
        (criterion.countsNames &&
          residentsAt(input, address).length === 0 &&
          input.networkSets.some(
            ({ labels, domains }) =>
              matches(criterion.set.selector, labels) && isNamed(input, address, domains),
          ))
      )
    case 'Domains':
      return residentsAt(input, address).length === 0 && isNamed(input, address, criterion.domains.patterns)
    case 'Nets':
      return holds(criterion.nets, address)
    case 'Service':
      return criterion.service.holdsAddress(address)
    case 'Names': {
      const { names, namesWithin } = criterion.ports
      return residentsAt(input, address)
        .filter(({ labels }) => namesWithin === undefined || matches(namesWithin.selector, labels))
        .some(({ ports }) => ports.some(({ name }) => names.includes(name)))
    }
  }
}

function ownersAt(input: SlowInput, address: Ip): string[] {
  const lists = input.criteria.filter((it) => it.kind === 'Nets').map(({ nets }) => nets)
  const selectors = input.criteria.filter((it) => it.kind === 'Set').map(({ set }) => set.selector)
  const sets = input.networkSets.filter(
    ({ labels, nets }) => holds(nets, address) && selectors.some((selector) => matches(selector, labels)),
  )
  return unique([
    ...lists.filter((nets) => holds(nets, address)).map((nets) => `n ${netListKey(nets)}`),
    ...sets.map(({ labels }) => `s ${JSON.stringify(readLabels(input, labels))}`),
  ])
}

function isHost(input: SlowInput, address: Ip): boolean {
  return (
    residentsAt(input, address).length > 0 ||
    servicesAt(input, address).length > 0 ||
    ownersByName(input, address).length > 0
  )
}

function namingAt(input: SlowInput, address: Ip): string[] {
  return residentsAt(input, address).length > 0 ? [] : ownersByName(input, address)
}

/** By what the names of an address count, whoever has it. */
function ownersByName(input: SlowInput, address: Ip): string[] {
  const lists = input.criteria.filter((it) => it.kind === 'Domains').map(({ domains }) => domains)
  const sets = input.criteria.filter((it) => it.kind === 'Set').filter(({ countsNames }) => countsNames)
  const selected = input.networkSets.filter(
    ({ labels, domains }) =>
      isNamed(input, address, domains) && sets.some(({ set }) => matches(set.selector, labels)),
  )
  return unique([
    ...lists.filter(({ patterns }) => isNamed(input, address, patterns)).map(({ key }) => `d ${key}`),
    ...selected.map(({ labels }) => `s ${JSON.stringify(readLabels(input, labels))}`),
  ])
}

function isNamed({ named }: SlowInput, address: Ip, patterns: readonly DomainPattern[]): boolean {
  const names = named.filter((it) => isSameAddress(it.address, address)).flatMap((it) => it.names)
  return names.some((name) => patterns.some((pattern) => matchesDomain(pattern, name)))
}

function residentsAt({ located }: SlowInput, address: Ip): Located[] {
  return located.filter(({ addresses }) => addresses.some((it) => isSameAddress(it, address)))
}

function servicesAt({ criteria }: SlowInput, address: Ip) {
  const services = criteria.filter((it) => it.kind === 'Service').map(({ service }) => service)
  return services.filter((it) => it.holdsAddress(address))
}

function endpointKey(input: SlowInput, { labels, ports }: Located): string {
  const names = input.criteria.flatMap((it) => (it.kind === 'Names' ? it.ports.names : []))
  const read = ports.filter(({ name }) => names.includes(name))
  return JSON.stringify([readLabels(input, labels), read.map(portText).sort()])
}

function readLabels({ criteria }: SlowInput, labels: ReadonlyMap<string, string>): string[] {
  const read = new Set(criteria.flatMap((it) => selectorsOf(it).flatMap(labelsReadBy)))
  const texts = [...labels].filter(([name]) => read.has(name)).map(([name, value]) => `${name}=${value}`)
  return texts.sort()
}

function selectorsOf(criterion: Criterion): Selector[] {
  if (criterion.kind === 'Set') return [criterion.set.selector]
  if (criterion.kind !== 'Names' || criterion.ports.namesWithin === undefined) return []
  return [criterion.ports.namesWithin.selector]
}

function matches(selector: Selector, labels: ReadonlyMap<string, string>): boolean {
  return matchesSelector(selector, (name) => labels.get(name))
}

function holds(nets: readonly Cidr[], address: Ip): boolean {
  return nets.some((net) => cidrContains(net, address))
}

function endOf({ version, base, prefixLength }: Cidr): bigint {
  return base + (1n << BigInt((version === 4 ? 32 : 128) - prefixLength))
}

function isSameAddress(left: Ip, right: Ip): boolean {
  return left.version === right.version && left.value === right.value
}

function portText({ name, protocol, port }: NamedPort): string {
  return `${name} ${protocol} ${port}`
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
