/** Where packets to a service go: the pods and addresses behind it, with their own port, as destination NAT has it. */
import { type PolicyState, protocolName } from '@margay/policy'
import {
  and,
  type EndpointSlice,
  equals,
  matchesSelector,
  type Resource,
  type Service,
} from '@margay/resources'

export interface Backend {
  /** `namespace/name` of a pod, or an address. */
  readonly text: string
  /** 1-65535; undefined for a service that was not asked about by port. */
  readonly port: number | undefined
}

export interface ServicePort {
  /** IANA protocol number: 6, 17 or 132. */
  readonly protocol: number
  /** Of the service; undefined: whoever is behind it. */
  readonly port: number | undefined
}

/** Undefined for a service that nobody knows; empty for one that has nothing behind the port. */
export function backendsOf(
  name: string,
  asked: ServicePort,
  resources: readonly Resource[],
  state: PolicyState,
): Backend[] | undefined {
  const service = resources.find((it): it is Service => it.kind === 'Service' && keyOf(it) === name)
  const slices = resources.filter(
    (it): it is EndpointSlice => it.kind === 'EndpointSlice' && serviceOf(it) === name,
  )
  if (service === undefined && slices.length === 0) return undefined
  if (slices.length > 0) return slices.flatMap((slice) => inSlice(slice, asked, service))
  return service === undefined ? [] : selected(service, asked, state)
}

function keyOf({ metadata }: Resource): string {
  return `${metadata.namespace}/${metadata.name}`
}

function serviceOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`
}

/** Those that are ready get packets; of a port without a number every one is the service's. */
function inSlice(slice: EndpointSlice, asked: ServicePort, service: Service | undefined): Backend[] {
  const entry = portOf(service, asked)
  if (asked.port !== undefined && service !== undefined && entry === undefined) return []
  const isMeant = ({ name = '', protocol = 'TCP', port }: SlicePort) =>
    protocol === protocolName(asked.protocol) &&
    (service === undefined ? port === asked.port : name === (entry?.name ?? ''))
  const ports =
    asked.port === undefined
      ? [undefined]
      : (slice.ports ?? []).filter(isMeant).map(({ port }) => port ?? asked.port)
  const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
  return ready.flatMap(({ addresses }) => addresses.flatMap((text) => ports.map((port) => ({ text, port }))))
}

type SlicePort = NonNullable<EndpointSlice['ports']>[number]
type PortEntry = NonNullable<NonNullable<Service['spec']>['ports']>[number]

function portOf(service: Service | undefined, { protocol, port }: ServicePort): PortEntry | undefined {
  const isMeant = (it: PortEntry) => it.port === port && (it.protocol ?? 'TCP') === protocolName(protocol)
  return service?.spec?.ports?.find(isMeant)
}

/** Where nobody wrote slices, as in manifests: the pods that a controller would find. */
function selected({ metadata, spec }: Service, asked: ServicePort, state: PolicyState): Backend[] {
  const labels = Object.entries(spec?.selector ?? {})
  const entry = portOf({ metadata, spec } as Service, asked)
  if (labels.length === 0 || (asked.port !== undefined && entry === undefined)) return []
  const selector = and(...labels.map(([name, value]) => equals(name, value)))
  const pods = [...state.endpoints.values()].filter(
    (it) => it.namespace === metadata.namespace && matchesSelector(selector, (name) => it.labels.get(name)),
  )
  return pods.flatMap(({ key, ports }): Backend[] => {
    if (asked.port === undefined || entry === undefined) return [{ text: key, port: undefined }]
    const { targetPort = entry.port } = entry
    const named = ports.find((it) => it.name === targetPort && it.protocol === asked.protocol)?.port
    const port = typeof targetPort === 'number' ? targetPort : named
    return port === undefined ? [] : [{ text: key, port }]
  })
}
