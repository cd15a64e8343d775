/** Who is asked for: the workloads that may get a request, of which each must allow it. */
import { type Ip, parseIp } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import type { Service } from '@margay/resources'
import type { Check, SocketAddress } from '../check/check.ts'
import { Refusal } from './judgement.ts'
import { nameOf } from './services.ts'
import type { Target } from './target.ts'
import type { World } from './world.ts'

export interface DestinationOptions {
  /** Only pods of this node are answered for; undefined: of all. */
  readonly node: string | undefined
  /** The only workload that is answered for, `namespace/name`, by whatever address it is asked for. */
  readonly workload: string | undefined
  /** Where nothing else says it, a request's host may name a service: a client has a say in it. */
  readonly fromHost: boolean
}

export interface Destination {
  /** As it is logged. */
  readonly name: string
  readonly port: number | undefined
  /** Never empty. */
  readonly targets: readonly Target[] | Refusal
}

/** In the order in which words count: the configuration of the proxy, then addresses, then the host. Nothing is guessed. */
export function destinationOf(check: Check, world: World, options: DestinationOptions): Destination {
  const found = find(check, world, options)
  const { targets } = found
  if (targets instanceof Refusal) return found
  if (targets.length === 0) return { ...found, targets: new Refusal('NoEndpoints') }
  const isHere = ({ endpoint }: Target) => isLocal(endpoint, options)
  return targets.every(isHere) ? found : { ...found, targets: new Refusal('NotLocal') }
}

function isLocal({ node, key }: Endpoint, options: DestinationOptions): boolean {
  if (options.workload !== undefined && options.workload !== key) return false
  return options.node === undefined || options.node === node
}

function find(check: Check, world: World, { workload, fromHost }: DestinationOptions): Destination {
  const named = check.contextExtensions.get('margay.destination') ?? workload
  if (named !== undefined) return byName(named, check, world)
  const address = parseIp(check.destination.socket?.address ?? '')
  const found = address === undefined ? undefined : byAddress(address, check, world)
  if (found !== undefined) return found
  const host = fromHost ? serviceOfHost(check.http?.host ?? '') : undefined
  if (host !== undefined) return withoutUnknownName(byName(host, check, world))
  const name = check.destination.socket?.address ?? ''
  return { name, port: check.destination.socket?.port, targets: new Refusal('UnknownDestination') }
}

/** What a client's header says is not logged, but where it is the name of a service. */
function withoutUnknownName(found: Destination): Destination {
  return found.targets instanceof Refusal ? { ...found, name: '' } : found
}

/** `NAMESPACE/POD` or `service/NAMESPACE/NAME`, and `:PORT` where it is another than the connection's. */
function byName(text: string, check: Check, world: World): Destination {
  const [name = '', written] = text.split(':')
  const port = written === undefined ? check.destination.socket?.port : readPort(written)
  if (port === undefined) return { name, port, targets: new Refusal('UnknownPort') }
  if (!name.startsWith('service/')) return ofPod(world.state.endpoints.get(name), { name, port }, check)
  const service = world.services.named(name.slice('service/'.length))
  if (service === undefined) return { name, port, targets: new Refusal('UnknownDestination') }
  return ofServices([service], { name, port }, check, world)
}

function ofPod(
  endpoint: Endpoint | undefined,
  at: { name: string; port: number },
  check: Check,
): Destination {
  if (endpoint === undefined) return { ...at, targets: new Refusal('UnknownDestination') }
  const address = addressAsked(endpoint, check)
  return { ...at, targets: [{ endpoint, address, port: at.port }] }
}

/** Its address that the connection goes to, or else one at which the source could reach it. */
function addressAsked({ addresses }: Endpoint, check: Check): Ip | undefined {
  const [asked, source] = [check.destination, check.source].map(({ socket }) =>
    parseIp(socket?.address ?? ''),
  )
  const isAsked = ({ version, value }: Ip) => version === asked?.version && value === asked.value
  return (
    addresses.find(isAsked) ?? addresses.find(({ version }) => version === source?.version) ?? addresses[0]
  )
}

/** Undefined where nobody has the address. */
function byAddress(address: Ip, check: Check, world: World): Destination | undefined {
  const { address: name = '', port = 0 } = check.destination.socket ?? {}
  const pods = world.state.endpointsAt(address)
  if (pods.size > 0) {
    const targets = [...pods].map((endpoint) => ({ endpoint, address, port }))
    return { name: targets.length === 1 ? (targets[0]?.endpoint.key ?? name) : name, port, targets }
  }
  const services = [...world.services.at(address)]
  if (services.length === 0) return undefined
  return ofServices(services, { name, port }, check, world, address.version)
}

/** Of several services with one address, those that have the port: nobody knows which of them is meant. */
function ofServices(
  services: readonly Service[],
  at: { readonly name: string; readonly port: number },
  check: Check,
  { serviceTargets, state }: World,
  version?: Ip['version'],
): Destination {
  const asked = { protocol: protocolOf(check.destination.socket), port: at.port }
  const found = services.flatMap((service) => {
    const targets = serviceTargets.of(service, asked, state, version)
    return targets === undefined ? [] : [{ name: `service/${nameOf(service)}`, targets }]
  })
  const [first] = found
  if (first === undefined) return { ...at, targets: new Refusal('UnknownPort') }
  if (found.length === 1) return { ...first, port: at.port }
  const refusal = found.map(({ targets }) => targets).find((it) => it instanceof Refusal)
  return {
    ...at,
    targets: refusal ?? found.flatMap(({ targets }) => (targets instanceof Refusal ? [] : targets)),
  }
}

function protocolOf(socket: SocketAddress | undefined): SocketAddress['protocol'] {
  return socket?.protocol ?? 'TCP'
}

/** `service/NAMESPACE/NAME:PORT` of `NAME.NAMESPACE.svc…`; its case, and a dot at its end, mean nothing. */
function serviceOfHost(host: string): string | undefined {
  const [domain = '', port] = host.toLowerCase().split(':')
  const [name, namespace, svc] = domain.split('.')
  if (!name || !namespace || svc !== 'svc') return undefined
  return `service/${namespace}/${name}${port === undefined ? '' : `:${port}`}`
}

function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : undefined
  return port !== undefined && port >= 1 && port <= 65_535 ? port : undefined
}
