/** Which pods are behind a service: by its addresses or its name, and by the port that is asked for. */
import { type Ip, parseIp } from '@margay/netset'
import { addressKey, type ResourceChange } from '@margay/policy'
import type { EndpointSlice, Resource, Service } from '@margay/resources'

/** A place that a service sends to. */
export interface Place {
  readonly address: Ip
  /** 1-65535. */
  readonly port: number
}

export interface ServicePort {
  readonly protocol: 'TCP' | 'UDP'
  /** Of the service, not of its pods. */
  readonly port: number
}

const nothing: ReadonlySet<never> = new Set()

export class Services {
  readonly #byName = new Map<string, Service>()
  readonly #byAddress = new Map<string, Set<Service>>()
  readonly #slices = new Map<string, Set<EndpointSlice>>()
  readonly #addresses = new WeakMap<EndpointSlice, readonly Ip[]>()

  /** Changes of other kinds are passed over. True if there were any of these. */
  update(changes: readonly ResourceChange[]): boolean {
    const ours = changes.filter(({ before, after }) => isOurs(before) || isOurs(after))
    for (const { before } of ours) {
      if (before?.kind === 'Service') this.#leave(before)
      else if (before?.kind === 'EndpointSlice') remove(this.#slices, serviceOf(before), before)
    }
    for (const { after } of ours) {
      if (after?.kind === 'Service') this.#enter(after)
      else if (after?.kind === 'EndpointSlice') add(this.#slices, serviceOf(after), after)
    }
    return ours.length > 0
  }

  /** By `namespace/name`. */
  named(name: string): Service | undefined {
    return this.#byName.get(name)
  }

  /** Whoever has this address; several may claim one that is not of the cluster. */
  at(address: Ip): ReadonlySet<Service> {
    return this.#byAddress.get(addressKey(address)) ?? nothing
  }

  /**
   * Every place that takes what is sent to a port, ready or not, since that changes all the time; of one IP version, if one is given.
   * Undefined where the service has no such port, or nobody knows which one it is of its pods.
   */
  placesOf(service: Service, { protocol, port }: ServicePort, version?: Ip['version']): Place[] | undefined {
    const asked = service.spec?.ports?.find((it) => it.port === port && it.protocol === protocol)
    if (asked === undefined) return undefined
    const places: Place[] = []
    for (const slice of this.#slices.get(nameOf(service)) ?? nothing) {
      const target = portOf(slice, asked)
      const addresses = this.#addressesOf(slice).filter(
        (it) => version === undefined || it.version === version,
      )
      if (addresses.length > 0 && target === undefined) return undefined
      for (const address of addresses) places.push({ address, port: target ?? 0 })
    }
    return places
  }

  #addressesOf(slice: EndpointSlice): readonly Ip[] {
    const known = this.#addresses.get(slice)
    if (known !== undefined) return known
    const texts = slice.endpoints?.flatMap(({ addresses }) => addresses) ?? []
    const addresses = texts.map(parseIp).filter((ip) => ip !== undefined)
    this.#addresses.set(slice, addresses)
    return addresses
  }

  #enter(service: Service): void {
    this.#byName.set(nameOf(service), service)
    for (const address of addressesOf(service)) add(this.#byAddress, address, service)
  }

  #leave(service: Service): void {
    if (this.#byName.get(nameOf(service)) === service) this.#byName.delete(nameOf(service))
    for (const address of addressesOf(service)) remove(this.#byAddress, address, service)
  }
}

function isOurs(it: Resource | undefined): boolean {
  return it?.kind === 'Service' || it?.kind === 'EndpointSlice'
}

type Port = NonNullable<NonNullable<Service['spec']>['ports']>[number]

/** Ports of slices have the names of the service's. */
function portOf({ ports = [] }: EndpointSlice, { name = '', protocol }: Port): number | undefined {
  return ports.find((it) => (it.name ?? '') === name && (it.protocol ?? 'TCP') === protocol)?.port
}

/** `namespace/name`. */
export function nameOf({ metadata: { namespace = 'default', name } }: Service): string {
  return `${namespace}/${name}`
}

function serviceOf({ metadata: { namespace = 'default', labels } }: EndpointSlice): string {
  return `${namespace}/${labels?.['kubernetes.io/service-name'] ?? ''}`
}

/** The part of a status that whoever balances load writes. */
interface BalancedStatus {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] }
}

/** Those of the cluster, and those outside of it that are sent here; without what is no address, as `None`. */
function addressesOf({ spec, status }: Service): ReadonlySet<string> {
  const texts = [spec?.clusterIP, ...(spec?.clusterIPs ?? []), ...(spec?.externalIPs ?? [])]
  const { ingress = [] } = (status as BalancedStatus | undefined)?.loadBalancer ?? {}
  const all = [...texts, ...ingress.map(({ ip }) => ip)]
  const addresses = all.map((text) => parseIp(text ?? '')).filter((ip) => ip !== undefined)
  return new Set(addresses.map(addressKey))
}

function add<T>(groups: Map<string, Set<T>>, key: string, it: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, new Set([it]))
  else group.add(it)
}

function remove<T>(groups: Map<string, Set<T>>, key: string, it: T): void {
  const group = groups.get(key)
  group?.delete(it)
  if (group?.size === 0) groups.delete(key)
}
