/** The kernel sets that rules look addresses up in; equal sets are one, and a set is made only when a rule uses it. */
import {
  type Cidr,
  formatCidr,
  formatIp,
  hostCidr,
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
    const hosts = [...set.endpoints].flatMap((endpoint) => endpoint.addresses).map(hostCidr)
    const cidrs = splitCatchAll(
      mergeCidrs([...hosts, ...set.nets].filter((cidr) => cidr.version === version)),
    )
    if (cidrs.length === 0) return undefined
    const interval = cidrs.some((cidr) => cidr.prefixLength !== bits(version))
    const name = this.#names.name(`s${version}${interval ? 'i' : ''}-`, '', set.id)
    const elements = new Set(cidrs.map((cidr) => (interval ? formatCidr(cidr) : hostOf(cidr))))
    this.sets.set(name, { type: `ipv${version}_addr`, interval, comment: set.id, elements })
    return name
  }

  #makeNamedPorts(match: PortMatch, version: IpVersion, comment: string): string | undefined {
    const members = this.#endpoints.filter((endpoint) => match.namesWithin?.endpoints.has(endpoint) ?? true)
    const elements = new Set(members.flatMap((endpoint) => portElements(endpoint, match.names, version)))
    if (elements.size === 0) return undefined
    const name = this.#names.name(`p${version}-`, match.names.join('_'), comment)
    const type = `ipv${version}_addr . inet_proto . inet_service`
    this.sets.set(name, { type, interval: false, comment, elements })
    return name
  }
}

function portElements(endpoint: Endpoint, names: readonly string[], version: IpVersion): string[] {
  const addresses = endpoint.addresses.filter((address) => address.version === version).map(formatIp)
  const ports = endpoint.ports.filter((port) => names.includes(port.name))
  return addresses.flatMap((address) =>
    ports.map(({ protocol, port }) => `${address} . ${protocol} . ${port}`),
  )
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
