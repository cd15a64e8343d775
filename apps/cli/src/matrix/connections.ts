/** Which connections a matrix is made of: each pod to each other pod, at each port that the other one listens at. */
import { formatIp, type Ip, type IpVersion } from '@margay/netset'
import { type Endpoint, type Flow, type PolicyState, protocolName, protocols } from '@margay/policy'

export interface Connection {
  readonly from: Endpoint
  readonly to: Endpoint
  /** IANA number: 6 or 17. */
  readonly protocol: number
  readonly port: number
  readonly version: IpVersion
  readonly source: Ip
  readonly destination: Ip
}

/** In the order of the endpoints' names. A port is one that the destination's containers name. */
export function connectionsOf(state: PolicyState): Connection[] {
  const endpoints = [...state.endpoints.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  return endpoints.flatMap((from) =>
    endpoints.filter((to) => to !== from).flatMap((to) => connectionsBetween(from, to)),
  )
}

function connectionsBetween(from: Endpoint, to: Endpoint): Connection[] {
  return ([4, 6] as const).flatMap((version) => {
    const source = addressOf(from, version)
    const destination = addressOf(to, version)
    if (source === undefined || destination === undefined) return []
    return listeningPorts(to).map(({ protocol, port }) => ({
      from,
      to,
      protocol,
      port,
      version,
      source,
      destination,
    }))
  })
}

function addressOf(endpoint: Endpoint, version: IpVersion): Ip | undefined {
  return endpoint.addresses.find((address) => address.version === version)
}

/** The ports that a connection can be tried at with a plain socket. */
export function listeningPorts(endpoint: Endpoint): { readonly protocol: number; readonly port: number }[] {
  const probed = endpoint.ports.filter(
    ({ protocol }) => protocol === protocols.tcp || protocol === protocols.udp,
  )
  return probed.map(({ protocol, port }) => ({ protocol, port }))
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
export function formatPort({ protocol, port }: { readonly protocol: number; readonly port: number }): string {
  return `${protocolName(protocol).toLowerCase()}/${port}`
}

/** `shop/web → shop/api tcp/3000 over IPv6 (fd65::1:2)`. */
export function formatConnection(connection: Connection): string {
  const { from, to, version, destination } = connection
  return `${from.key} → ${to.key} ${formatPort(connection)} over IPv${version} (${formatIp(destination)})`
}
