/** The kernel sets that rules look addresses up in; equal sets are one, and a set is made only when a rule uses it. */
import {
  type Cidr,
  formatCidr,
  formatIp,
  hostCidr,
  type Ip,
  type IpVersion,
  mergeCidrs,
  parseCidr,
} from '@margay/netset'
import type { AddressSet, Endpoint, PortMatch } from '@margay/policy'
import type { Names } from '../nft/names.ts'
import type { NftSet } from '../nft/table.ts'

export class SetBuilder {
  readonly sets = new Map<string, NftSet>()
  readonly #names: Names
  readonly #endpoints: readonly Endpoint[]
  /** Many rules name the same set; undefined for those without elements. */
  readonly #nameById = new Map<string, string | undefined>()
  readonly #textByAddress = new Map<Ip, string>()

  /** `endpoints` are all that the state knows, local or not. */
  constructor(names: Names, endpoints: readonly Endpoint[]) {
    this.#names = names
    this.#endpoints = endpoints
  }

  /** The name of the set with this family's addresses, or undefined when there are none. */
  addresses(set: AddressSet, version: IpVersion): string | undefined {
    return this.#once(`addresses ${version} ${set.id}`, () => this.#makeAddresses(set, version))
  }

  /** The name of the set of `address . protocol . port` for one or more named ports, or undefined when nobody has them. */
  namedPorts(match: PortMatch, version: IpVersion): string | undefined {
    const comment = `${match.names.join(', ')} of ${match.namesWithin?.id ?? 'all()'}`
    return this.#once(`ports ${version} ${comment}`, () => this.#makeNamedPorts(match, version, comment))
  }

  #once(id: string, make: () => string | undefined): string | undefined {
    if (!this.#nameById.has(id)) this.#nameById.set(id, make())
    return this.#nameById.get(id)
  }

  #makeAddresses(set: AddressSet, version: IpVersion): string | undefined {
    const addresses = [...set.endpoints].flatMap((endpoint) => endpoint.addresses)
    const hosts = addresses.filter((address) => address.version === version)
    const nets = set.nets.filter((cidr) => cidr.version === version)
    const { interval, texts } = nets.length === 0 ? this.#hostsOnly(hosts) : withPrefixes(hosts, nets)
    if (texts.length === 0) return undefined
    const name = this.#names.name(`s${version}${interval ? 'i' : ''}-`, '', set.id)
    this.sets.set(name, { type: `ipv${version}_addr`, interval, comment: set.id, elements: new Set(texts) })
    return name
  }

  /** Neighbours are not merged to prefixes: a hash of hosts costs the same at any size, and changes by single elements. */
  #hostsOnly(hosts: readonly Ip[]): Elements {
    return { interval: false, texts: hosts.map((address) => this.#format(address)) }
  }

  #makeNamedPorts(match: PortMatch, version: IpVersion, comment: string): string | undefined {
    const members = this.#endpoints.filter((endpoint) => match.namesWithin?.endpoints.has(endpoint) ?? true)
    const elements = new Set(
      members.flatMap((endpoint) => this.#portElements(endpoint, match.names, version)),
    )
    if (elements.size === 0) return undefined
    const name = this.#names.name(`p${version}-`, match.names.join('_'), comment)
    const type = `ipv${version}_addr . inet_proto . inet_service`
    this.sets.set(name, { type, interval: false, comment, elements })
    return name
  }

  #portElements(endpoint: Endpoint, names: readonly string[], version: IpVersion): string[] {
    const ports = endpoint.ports.filter((port) => names.includes(port.name))
    if (ports.length === 0) return []
    const addresses = endpoint.addresses.filter((address) => address.version === version)
    return addresses.flatMap((address) =>
      ports.map(({ protocol, port }) => `${this.#format(address)} . ${protocol} . ${port}`),
    )
  }

  /** An endpoint's address stands in many sets. */
  #format(address: Ip): string {
    const known = this.#textByAddress.get(address)
    if (known !== undefined) return known
    const text = formatIp(address)
    this.#textByAddress.set(address, text)
    return text
  }
}

interface Elements {
  readonly interval: boolean
  readonly texts: readonly string[]
}

/** Elements of an interval set must not overlap. */
function withPrefixes(hosts: readonly Ip[], nets: readonly Cidr[]): Elements {
  const cidrs = splitCatchAll(mergeCidrs([...hosts.map(hostCidr), ...nets]))
  const interval = cidrs.some(({ version, prefixLength }) => prefixLength !== bits(version))
  return { interval, texts: cidrs.map(interval ? formatCidr : hostOf) }
}

function bits(version: IpVersion): number {
  return version === 4 ? 32 : 128
}

function hostOf(cidr: Cidr): string {
  return formatIp({ version: cidr.version, value: cidr.base })
}

/** An interval set can't hold a whole family as one element on every kernel; two halves it can. */
function splitCatchAll(cidrs: readonly Cidr[]): readonly Cidr[] {
  const halves = ['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1']
    .map(parseCidr)
    .filter((half) => half !== undefined)
  return cidrs.flatMap((cidr) =>
    cidr.prefixLength === 0 ? halves.filter((half) => half.version === cidr.version) : [cidr],
  )
}
