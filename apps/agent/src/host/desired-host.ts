/** What the node should look like for the endpoints that run on it. Pure. */
import type { Bandwidth } from '@margay/policy'
import { holderMark, nodeMark } from './holder-marks.ts'
import type { DesiredHost, DesiredInterface } from './host-model.ts'
import { interfaceSysctls } from './interface-sysctls.ts'
import { nodeSysctls } from './node-sysctls.ts'
import { shapingBucket } from './shaping.ts'

/** What plumbing needs to know of a pod. */
export interface LocalEndpoint {
  /** `namespace/name`. */
  readonly key: string
  /** Of the node's end of its veth pair. */
  readonly interfaceName: string
  /** IPv4 and IPv6, in canonical text. */
  readonly addresses: readonly string[]
  /** CIDRs from which it may send besides its own addresses. */
  readonly allowedSourcePrefixes?: readonly string[]
  /** Of its own end of the pair, if its record tells. */
  readonly mac?: string
  /** Undefined: as fast as it can. */
  readonly bandwidth?: { readonly ingress: Bandwidth | undefined; readonly egress: Bandwidth | undefined }
}

/** What a node runs, and what its settings say of plumbing. */
export interface NodeWorkloads {
  readonly endpoints: readonly LocalEndpoint[]
  /** What the names of pods' interfaces begin with: nothing else is ever touched. */
  readonly interfacePrefixes: readonly string[]
  /** FelixConfiguration `ipForwarding`: false leaves forwarding of the node as it is. */
  readonly forwards: boolean
  /** FelixConfiguration `removeExternalRoutes`: routes to pods' interfaces that nobody asked for go. */
  readonly removesExternalRoutes: boolean
}

export interface HostSettings {
  /** `net.ipv4.conf.default.rp_filter` as the agent found it; undefined if unreadable. */
  readonly defaultRpFilter: string | undefined
  /** Marks routes as the agent's: RTPROT number, 1 to 255. */
  readonly routeProtocol: number
  /** How long such routes are left: a network plugin adds routes before the API knows the pod. */
  readonly graceMs: number
}

/** 77 is nobody's in iproute2's rt_protos. With a number of its own the agent finds what it made also after it was killed. */
export const defaultHostSettings: Omit<HostSettings, 'defaultRpFilter'> = {
  routeProtocol: 77,
  graceMs: 10_000,
}

export function desiredHost(
  { endpoints, interfacePrefixes, forwards, removesExternalRoutes }: NodeWorkloads,
  settings: HostSettings,
): DesiredHost {
  const { owned, problems } = shareOut(endpoints)
  return {
    sysctls: nodeSysctls({ hasIpv6: owned.some(hasIpv6), forwards }),
    interfaces: new Map(owned.map((each) => [each.interfaceName, desiredInterface(each, settings)])),
    mark: nodeMark,
    interfacePrefixes,
    routeProtocol: settings.routeProtocol,
    graceMs: removesExternalRoutes ? settings.graceMs : undefined,
    problems,
  }
}

function desiredInterface(endpoint: LocalEndpoint, settings: HostSettings): DesiredInterface {
  const { interfaceName, addresses, mac, allowedSourcePrefixes = [] } = endpoint
  const needs = {
    interfaceName,
    hasIpv4: addresses.some((address) => !isIpv6(address)),
    hasIpv6: hasIpv6(endpoint),
    // Strict where nothing else is known: a loose check must have been asked for.
    rpFilter: allowedSourcePrefixes.length > 0 ? '0' : (settings.defaultRpFilter ?? '1'),
  }
  const { ingress, egress } = endpoint.bandwidth ?? {}
  const shaping = { ingress: ingress && shapingBucket(ingress), egress: egress && shapingBucket(egress) }
  const mark = holderMark(interfaceName, addresses)
  return { name: interfaceName, sysctls: interfaceSysctls(needs), addresses, mac, shaping, mark }
}

/** An address leads to one interface: that of the endpoint whose key is smallest, whatever order they came in. */
function shareOut(endpoints: readonly LocalEndpoint[]) {
  const owners = new Map<string, string>()
  const problems: string[] = []
  const owned = endpoints
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((endpoint) => {
      const isFree = (address: string) => {
        const owner = owners.get(address) ?? endpoint.key
        if (owner !== endpoint.key)
          problems.push(
            `${endpoint.key}: address ${address} is already that of ${owner}; it gets no route to it`,
          )
        owners.set(address, owner)
        return owner === endpoint.key
      }
      return { ...endpoint, addresses: endpoint.addresses.filter(isFree) }
    })
  return { owned, problems }
}

function hasIpv6({ addresses }: LocalEndpoint): boolean {
  return addresses.some(isIpv6)
}

export function isIpv6(address: string): boolean {
  return address.includes(':')
}
