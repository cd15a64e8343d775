/** Which connections a matrix is made of: each pod to each other pod, at each port that the other one listens at. */
import { formatIp, type Ip, type IpVersion } from '@margay/netset'
import { type Endpoint, type Flow, type PolicyState, protocolName, protocols } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { type ListeningPort, listeningPortsByPod } from './listening-ports.ts'

export interface Connection {
  readonly from: Endpoint
  readonly to: Endpoint
  /** IANA number: 6 or 17. */
  readonly protocol: number
  readonly port: number
  readonly version: IpVersion
  /** Undefined for a workload that is known only by its labels. */
  readonly source: Ip | undefined
  readonly destination: Ip | undefined
}

/** In the order of the endpoints' names. A port is one that a container of the destination has in the manifest. */
export function connectionsOf(resources: readonly Resource[], state: PolicyState): Connection[] {
  const ports = listeningPortsByPod(resources)
  const endpoints = [...state.endpoints.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => to !== from)
      .flatMap((to) => connectionsBetween(from, to, (ports.get(to.key) ?? []).filter(isProbed))),
  )
}

/** A plain socket can try it. */
function isProbed({ protocol }: ListeningPort): boolean {
  return protocol === protocols.tcp || protocol === protocols.udp
}

function connectionsBetween(from: Endpoint, to: Endpoint, ports: readonly ListeningPort[]): Connection[] {
  return commonVersions(from, to).flatMap((version) => {
    const source = addressOf(from, version)
    const destination = addressOf(to, version)
    return ports.map(({ protocol, port }) => ({ from, to, protocol, port, version, source, destination }))
  })
}

/** A side whose addresses are not known, such as a Deployment's, goes along with the other; IPv4 if neither is known. */
function commonVersions(from: Endpoint, to: Endpoint): IpVersion[] {
  const known = [from, to].filter(({ addresses }) => addresses.length > 0)
  if (known.length === 0) return [4]
  return ([4, 6] as const).filter((version) =>
    known.every((endpoint) => addressOf(endpoint, version) !== undefined),
  )
}

function addressOf(endpoint: Endpoint, version: IpVersion): Ip | undefined {
  return endpoint.addresses.find((address) => address.version === version)
}

export function flowOf({ from, to, protocol, port, version, source, destination }: Connection): Flow {
  return {
    source: { endpoint: from, address: source },
    destination: { endpoint: to, address: destination },
    ipVersion: version,
    protocol,
    sourcePort: undefined,
    destinationPort: port,
    icmp: undefined,
  }
}

/** `tcp/8080`. */
export function formatPort({ protocol, port }: ListeningPort): string {
  return `${protocolName(protocol).toLowerCase()}/${port}`
}

/** `shop/web → shop/api tcp/3000 over IPv6 (fd65::1:2)`. */
export function formatConnection(connection: Connection): string {
  const { from, to, version, destination } = connection
  const address = destination === undefined ? '' : ` (${formatIp(destination)})`
  return `${from.key} → ${to.key} ${formatPort(connection)} over IPv${version}${address}`
}
