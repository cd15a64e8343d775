/**
 * Where the answers come from that are believed: addresses and ports as a packet has them behind all translation.
 *
 * Of a service, those of its EndpointSlices: whatever stands in front of them (ClusterIP, a node's own translation), its packets go there.
 * Source: spec/dataplane.md 7.2.
 */
import { type Ip, parseIp } from '@margay/netset'
import type { DnsSettings } from '@margay/policy'
import type { DnsServer, EndpointSlice, ResourceObject } from '@margay/resources'

export interface TrustedServer {
  readonly address: Ip
  /** 1-65535, of UDP and TCP. */
  readonly port: number
}

/** Finds them again only where a slice of a trusted service is another: there are many slices, and most changes are of others. */
export class TrustedServers {
  #known:
    | { readonly of: DnsSettings['trustedServers']; readonly servers: readonly TrustedServer[] }
    | undefined

  /** It came, is another, or went. */
  sliceChanged(slice: ResourceObject): void {
    const key = serviceOf(slice)
    const isTrusted = this.#known?.of.some(
      (server) => server.kind === 'Service' && `${server.namespace}/${server.name}` === key,
    )
    if (isTrusted === true) this.#known = undefined
  }

  of({ trustedServers }: Pick<DnsSettings, 'trustedServers'>, slices: () => Iterable<ResourceObject>) {
    if (this.#known?.of !== trustedServers)
      this.#known = { of: trustedServers, servers: trustedServersOf({ trustedServers }, slices()) }
    return this.#known.servers
  }
}

/** Each once, in an order that does not depend on that of the slices. */
export function trustedServersOf(
  { trustedServers }: Pick<DnsSettings, 'trustedServers'>,
  slices: Iterable<ResourceObject>,
): TrustedServer[] {
  const byService = groupByService(slices)
  const found = trustedServers.flatMap((server) =>
    server.kind === 'Address' ? [server] : behindService(server, byService),
  )
  const byText = new Map(found.map(({ address, port }) => [textOf(address, port), { address, port }]))
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, server]) => server)
}

type Slices = readonly EndpointSlice[]

function groupByService(slices: Iterable<ResourceObject>): ReadonlyMap<string, Slices> {
  const groups = new Map<string, EndpointSlice[]>()
  for (const slice of slices as Iterable<EndpointSlice>) {
    const key = serviceOf(slice)
    groups.set(key, [...(groups.get(key) ?? []), slice])
  }
  return groups
}

function serviceOf({ metadata: { namespace = '', labels = {} } }: Pick<ResourceObject, 'metadata'>): string {
  return `${namespace}/${labels['kubernetes.io/service-name'] ?? ''}`
}

function behindService(
  { namespace, name }: Extract<DnsServer, { kind: 'Service' }>,
  byService: ReadonlyMap<string, Slices>,
): TrustedServer[] {
  return (byService.get(`${namespace}/${name}`) ?? []).flatMap((slice) => {
    const ports = portsOf(slice)
    const addresses = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses).map(parseIp)
    return addresses
      .filter((address) => address !== undefined)
      .flatMap((address) => ports.map((port) => ({ address, port })))
  })
}

/** DNS is at those that are of UDP; over TCP it has the same ones, and other ports of TCP are for metrics and the like. */
function portsOf({ ports = [] }: EndpointSlice): number[] {
  return ports
    .filter(({ protocol }) => protocol === 'UDP')
    .flatMap(({ port }) => (port === undefined ? [] : [port]))
}

function textOf({ version, value }: Ip, port: number): string {
  return `${version} ${value.toString(16).padStart(32, '0')} ${port}`
}
