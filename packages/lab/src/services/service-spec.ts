/** Addresses and ports in front of pods, as kube-proxy makes them for Services. */
import { InvalidSpecError } from '../errors.ts'
import { familyOf } from '../syscalls/sockaddr.ts'

export type ServiceProtocol = 'TCP' | 'UDP' | 'SCTP'

export interface Backend {
  readonly ip: string
  /** 1 to 65535. */
  readonly port: number
}

/** Like a ClusterIP, an external IP or a load balancer's: an address that no interface has. */
export interface ServiceSpec {
  readonly ip: string
  readonly port: number
  readonly protocol: ServiceProtocol
  /** All of the family of `ip`; taken in turn. Without any, the service leads nowhere. */
  readonly backends: readonly Backend[]
}

/** A port at every address of the node. */
export interface NodePortSpec {
  readonly port: number
  readonly protocol: ServiceProtocol
  /** Those of each family serve the node's addresses of that family. */
  readonly backends: readonly Backend[]
  /**
   * True: backends see the node's address instead of the client's (`externalTrafficPolicy: Cluster`). Needed for backends
   * on other nodes, whose answers would not come back this way.
   */
  readonly masquerades?: boolean
}

/** Throws InvalidSpecError. */
export function checkService({ ip, port, backends }: ServiceSpec): void {
  const family = familyOf(ip)
  if (family === undefined) throw new InvalidSpecError('ip', `${JSON.stringify(ip)} is not an IP address`)
  checkPort('port', port)
  checkBackends(backends)
  const other = backends.find((backend) => familyOf(backend.ip) !== family)
  if (other !== undefined) throw new InvalidSpecError('backends', `${other.ip} is not of the family of ${ip}`)
}

/** Throws InvalidSpecError. */
export function checkNodePort({ port, backends }: NodePortSpec): void {
  checkPort('port', port)
  checkBackends(backends)
}

function checkBackends(backends: readonly Backend[]): void {
  for (const { ip, port } of backends) {
    if (familyOf(ip) === undefined)
      throw new InvalidSpecError('backends', `${JSON.stringify(ip)} is not an IP address`)
    checkPort('backends', port)
  }
}

function checkPort(field: string, port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return
  throw new InvalidSpecError(field, `port ${port} is not a whole number from 1 to 65535`)
}
