/**
 * What has to change to bring a node from how it is to how it should be. Pure.
 *
 * In this order: settings, what goes, connections of addresses that changed hands, what comes, marks of who has which address. So
 * no packet is routed to the new holder of an address while the kernel still takes it for part of an old holder's connection.
 */
import { isIpv6 } from './desired-host.ts'
import type { Mark } from './holder-marks.ts'
import type {
  ActualBucket,
  ActualHost,
  ActualInterface,
  DesiredHost,
  DesiredInterface,
  DesiredSysctl,
  InterfaceRoute,
  PermanentNeighbour,
  Seen,
  ShapingBucket,
} from './host-model.ts'
import { shapingLinkOf } from './shaping.ts'

export type HostChange =
  | {
      readonly kind: 'SetSysctl'
      readonly path: string
      readonly value: string
      /** Undefined where it could not be read. */
      readonly previous: string | undefined
      /** Undefined for the node's own. */
      readonly interfaceName: string | undefined
      /** This kernel may not let it be set; then it stays as it is. */
      readonly isOptional: boolean
      /** It may not be set before the connections of these are forgotten. */
      readonly addresses?: readonly string[]
    }
  | { readonly kind: 'DeleteRoute'; readonly route: InterfaceRoute }
  | { readonly kind: 'DeleteNeighbour'; readonly neighbour: PermanentNeighbour }
  | { readonly kind: 'ForgetConnections'; readonly addresses: readonly string[] }
  | { readonly kind: 'AddRoute'; readonly route: InterfaceRoute }
  | { readonly kind: 'SetNeighbour'; readonly neighbour: PermanentNeighbour }
  | {
      readonly kind: 'SetShaping'
      readonly interfaceName: string
      readonly direction: ShapedDirection
      readonly bucket: ShapingBucket
    }
  | { readonly kind: 'ClearShaping'; readonly interfaceName: string; readonly direction: ShapedDirection }
  | { readonly kind: 'DeleteShapingLink'; readonly name: string }

/** To the pod, or from it. */
export type ShapedDirection = 'ingress' | 'egress'

/** RT_SCOPE_LINK: the destination is on the link itself. */
const scopeLink = 253

/** Nothing when all is as desired. */
export function hostChanges(actual: ActualHost, desired: DesiredHost): HostChange[] {
  const present = presentInterfaces(actual, desired)
  return [
    ...desired.sysctls.flatMap((sysctl) => sysctlChange(actual, sysctl, undefined)),
    ...present.flatMap(([{ name }, { sysctls }]) =>
      sysctls.flatMap((sysctl) => sysctlChange(actual, sysctl, name)),
    ),
    ...removals(actual, desired),
    ...forgetting(changedHands(actual, desired)),
    ...present.flatMap(([is, wanted]) => additions(is, wanted, desired.routeProtocol)),
    ...present.flatMap(([is, wanted]) => shapingChanges(is, wanted)),
    ...staleShapingLinks(actual, desired).map((name) => ({ kind: 'DeleteShapingLink' as const, name })),
    ...present.flatMap(([{ name }, { mark, addresses }]) => markChange(actual, mark, name, addresses)),
    // The last: an agent that starts after less than all was marked takes what it finds as this one did.
    ...markChange(actual, desired.mark, undefined, []),
  ]
}

/** When something that is left alone now may be removed, on the clock of `nowMs`; undefined: nothing is waiting. */
export function nextRemovalMs(actual: ActualHost, desired: DesiredHost): number | undefined {
  const { graceMs } = desired
  if (graceMs === undefined) return undefined
  const due = [...actual.interfaces.values()]
    .flatMap((each) => each.routes.filter((route) => fateOf(route, each, actual, desired) === 'Unknown'))
    .map(({ sinceMs }) => sinceMs + graceMs)
    .filter((dueMs) => dueMs > actual.nowMs)
  return due.length === 0 ? undefined : Math.min(...due)
}

/** Who has which address now; `unforgotten` addresses stay with whom they were, so that forgetting is tried again. */
export function nextHolders(
  actual: ActualHost,
  desired: DesiredHost,
  unforgotten: ReadonlySet<string>,
): Map<string, number> {
  const holders = new Map(
    presentInterfaces(actual, desired).flatMap(([{ index }, { addresses }]) =>
      addresses.map((address) => [address, index] as const),
    ),
  )
  for (const address of unforgotten) {
    const holder = actual.holders.get(address)
    if (holder === undefined) holders.delete(address)
    else holders.set(address, holder)
  }
  return holders
}

function presentInterfaces(actual: ActualHost, desired: DesiredHost): [ActualInterface, DesiredInterface][] {
  return [...desired.interfaces.values()].flatMap((wanted) => {
    const is = actual.interfaces.get(wanted.name)
    return is === undefined ? [] : [[is, wanted]]
  })
}

function sysctlChange(
  { sysctls }: ActualHost,
  { path, value, bound, isOptional }: DesiredSysctl,
  interfaceName: string | undefined,
): HostChange[] {
  const previous = sysctls.get(path)
  if (previous === undefined ? isOptional : isWithin(Number(previous), bound, Number(value))) return []
  return [{ kind: 'SetSysctl', path, value, previous, interfaceName, isOptional }]
}

function isWithin(is: number, bound: DesiredSysctl['bound'], value: number): boolean {
  switch (bound) {
    case 'Exactly':
      return is === value
    case 'AtLeast':
      return is >= value
    case 'AtMost':
      return is <= value
  }
}

/** From all interfaces of pods, also of those that no endpoint is known for. */
function removals(actual: ActualHost, desired: DesiredHost): HostChange[] {
  return [...actual.interfaces.values()].flatMap((each) => [
    ...each.routes
      .filter((route) => isDue(route, fateOf(route, each, actual, desired), actual, desired))
      .map(({ sinceMs: _, ...route }) => ({ kind: 'DeleteRoute' as const, route })),
    ...each.neighbours
      .filter(({ address }) => addressFate(address, each, actual, desired) === 'Wrong')
      .map((neighbour) => ({ kind: 'DeleteNeighbour' as const, neighbour })),
  ])
}

/** `Wrong`: it is known that it must not be there. `Unknown`: somebody else may still need it. */
type Fate = 'Wanted' | 'Wrong' | 'Unknown'

function fateOf(route: InterfaceRoute, at: ActualInterface, actual: ActualHost, desired: DesiredHost): Fate {
  const address = hostAddress(route.destination)
  const fate = address === undefined ? 'Unknown' : addressFate(address, at, actual, desired)
  if (fate === 'Wanted') return leadsToLink(route) ? 'Wanted' : 'Wrong'
  return route.protocol === desired.routeProtocol ? 'Wrong' : fate
}

function addressFate(address: string, at: ActualInterface, actual: ActualHost, desired: DesiredHost): Fate {
  if (desired.interfaces.get(at.name)?.addresses.includes(address) === true) return 'Wanted'
  if (actual.holders.get(address) === at.index) return 'Wrong'
  return isDesiredAnywhere(address, desired) ? 'Wrong' : 'Unknown'
}

function isDesiredAnywhere(address: string, desired: DesiredHost): boolean {
  return [...desired.interfaces.values()].some(({ addresses }) => addresses.includes(address))
}

function isDue(route: Seen<InterfaceRoute>, fate: Fate, actual: ActualHost, desired: DesiredHost): boolean {
  if (fate === 'Wrong') return true
  const isOld = desired.graceMs !== undefined && actual.nowMs - route.sinceMs >= desired.graceMs
  return fate === 'Unknown' && isOld
}

/** IPv6 routes have no scope of their own. */
function leadsToLink({ destination, gateway, scope }: InterfaceRoute): boolean {
  return gateway === undefined && (isIpv6(destination) || scope === scopeLink)
}

/** All at once: it costs as much for many addresses as for a few. */
function forgetting(addresses: readonly string[]): HostChange[] {
  return addresses.length === 0 ? [] : [{ kind: 'ForgetConnections', addresses }]
}

/**
 * Addresses whose interface went, was replaced by one of the same name, or is not theirs any more; and those that are new to this
 * agent, at an interface of which no agent before it said that it had them.
 */
function changedHands(actual: ActualHost, desired: DesiredHost): string[] {
  const now = nextHolders(actual, desired, new Set())
  const left = [...actual.holders].filter(([address, index]) => now.get(address) !== index)
  const come = presentInterfaces(actual, desired)
    .filter(([, { mark }]) => isMarked(actual, desired.mark) && !isMarked(actual, mark))
    .flatMap(([, { addresses }]) => addresses.filter((address) => !actual.holders.has(address)))
  return [...left.map(([address]) => address), ...come]
}

function isMarked({ sysctls }: ActualHost, { path, value }: Mark): boolean {
  return sysctls.get(path) === value
}

/** Where there is no such setting, nothing is marked, and nothing follows from that. */
function markChange(
  { sysctls }: ActualHost,
  { path, value }: Mark,
  interfaceName: string | undefined,
  addresses: readonly string[],
): HostChange[] {
  const previous = sysctls.get(path)
  if (previous === undefined || previous === value) return []
  return [{ kind: 'SetSysctl', path, value, previous, interfaceName, isOptional: true, addresses }]
}

function additions(is: ActualInterface, wanted: DesiredInterface, protocol: number): HostChange[] {
  if (!is.isUp) return []
  return [
    ...wanted.addresses
      .filter((address) => !hasRoute(is, address))
      .map((address) => addRoute(is, address, protocol)),
    ...wanted.addresses.flatMap((address) => neighbourChange(is, address, wanted.mac ?? is.peerMac)),
  ]
}

function hasRoute(is: ActualInterface, address: string): boolean {
  return is.routes.some((route) => hostAddress(route.destination) === address && leadsToLink(route))
}

function addRoute({ name }: ActualInterface, address: string, protocol: number): HostChange {
  const destination = `${address}/${isIpv6(address) ? 128 : 32}`
  const scope = isIpv6(address) ? 0 : scopeLink
  const route = { interfaceName: name, destination, protocol, scope, metric: 0, gateway: undefined }
  return { kind: 'AddRoute', route }
}

/** IPv6 only ever by discovery: a pod may use further link-layer addresses there (specification, section 3). */
function neighbourChange(is: ActualInterface, address: string, mac: string | undefined): HostChange[] {
  if (mac === undefined || isIpv6(address)) return []
  if (is.neighbours.some((each) => each.address === address && each.mac === mac)) return []
  return [{ kind: 'SetNeighbour', neighbour: { interfaceName: is.name, address, mac } }]
}

function shapingChanges({ name, shaping: is }: ActualInterface, { shaping }: DesiredInterface): HostChange[] {
  return (['ingress', 'egress'] as const).flatMap((direction): HostChange[] => {
    const [before, bucket] = [is[direction], shaping[direction]]
    if (bucket === undefined)
      return before === undefined ? [] : [{ kind: 'ClearShaping', interfaceName: name, direction }]
    return isSameBucket(before, bucket)
      ? []
      : [{ kind: 'SetShaping', interfaceName: name, direction, bucket }]
  })
}

function isSameBucket(is: ActualBucket | undefined, wanted: ShapingBucket): boolean {
  return (
    is?.bytesPerSecond === wanted.bytesPerSecond &&
    is.limitBytes === wanted.limitBytes &&
    is.peakBytesPerSecond === wanted.peak?.bytesPerSecond
  )
}

/** Those of interfaces that went, or need none any more. An interface without a known endpoint keeps its own. */
function staleShapingLinks({ shapingLinks, interfaces }: ActualHost, desired: DesiredHost): string[] {
  const needed = [...interfaces.keys()].filter((name) => {
    const wanted = desired.interfaces.get(name)
    return wanted === undefined || wanted.shaping.egress !== undefined
  })
  return [...shapingLinks.difference(new Set(needed.map(shapingLinkOf)))]
}

/** The address of a route to one host. */
export function hostAddress(destination: string): string | undefined {
  const [address = '', length] = destination.split('/')
  return length === (isIpv6(address) ? '128' : '32') ? address : undefined
}
