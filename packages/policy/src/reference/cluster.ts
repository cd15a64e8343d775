/** Who is there to be selected: pods and network sets, with the labels that selectors see. Source: spec/api.md 3.4, 5.2-5.4. */
import { cidrContains, type Ip, parseCidr, parseCidrOrIp, parseIp } from '@margay/netset'
import {
  type GlobalNetworkSet,
  type HostEndpoint,
  interfaceNameOf,
  type NetworkSet,
  type Pod,
  type Resource,
} from '@margay/resources'
import { isDomain } from './domains.ts'
import type { Labels } from './labels.ts'

/** Something that a selector can select as a peer. */
export interface Thing {
  readonly labels: Labels
  readonly holds: (ip: Ip) => boolean
  /** Is it a network set that gives this name? */
  readonly gives: (name: string) => boolean
  /** Those that have names; network sets have none. */
  readonly ports: readonly { readonly name: string; readonly protocol: number; readonly port: number }[]
}

export interface ReferencePod extends Thing {
  readonly namespace: string
  readonly name: string
  readonly ips: readonly Ip[]
  /** As the manifests give them, for Kubernetes' own selectors. */
  readonly podLabels: Labels
  readonly namespaceLabels: Labels
  readonly isNamespaceKnown: boolean
  readonly node: string | undefined
  /** The node's end of its link. */
  readonly link: string
  /** By annotation, and granted by settings only. */
  readonly sourcePrefixes: readonly string[]
}

export interface ReferenceHost extends Thing {
  readonly resource: HostEndpoint
}

export interface Cluster {
  readonly resources: readonly Resource[]
  readonly pods: readonly ReferencePod[]
  readonly hosts: readonly ReferenceHost[]
  /** The pods, the host endpoints, and all network sets. */
  readonly things: readonly Thing[]
}

/** IANA numbers of the protocols that have ports. */
export const portProtocols: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 }

export function readCluster(resources: readonly Resource[]): Cluster {
  const pods = resources
    .filter((it) => it.kind === 'Pod')
    .filter((pod) => pod.spec?.hostNetwork !== true && !hasEnded(pod))
    .map((pod) => readPod(pod, resources))
  const sets = resources.filter((it) => it.kind === 'NetworkSet' || it.kind === 'GlobalNetworkSet')
  const hosts = resources.filter((it) => it.kind === 'HostEndpoint').map((it) => readHost(it, resources))
  return {
    resources,
    pods,
    hosts,
    things: [...pods, ...hosts, ...sets.map((set) => readSet(set, resources))],
  }
}

/** A pod that is being deleted is still there until the network plugin says, with an empty annotation, that its address is gone. */
function hasEnded({ metadata, status }: Pod): boolean {
  if (['Succeeded', 'Failed', 'Completed'].includes(status?.phase ?? '')) return true
  const { annotations = {}, deletionTimestamp } = metadata
  const isReleased =
    annotations['cni.projectcalico.org/podIP'] === '' || annotations['vpc.amazonaws.com/pod-ips'] === ''
  return deletionTimestamp !== undefined && isReleased
}

function readPod(pod: Pod, resources: readonly Resource[]): ReferencePod {
  const { name, namespace = 'default', labels = {} } = pod.metadata
  const account = pod.spec?.serviceAccountName ?? 'default'
  const ips = addressesOf(pod)
  const namespaceLabels = labelsOfNamespace(namespace, resources)
  return {
    namespace,
    name,
    ips,
    gives: () => false,
    holds: (ip) => ips.some((own) => own.version === ip.version && own.value === ip.value),
    podLabels: new Map(Object.entries(labels)),
    namespaceLabels,
    isNamespaceKnown: resources.some((it) => it.kind === 'Namespace' && it.metadata.name === namespace),
    labels: new Map([
      ...prefixed('pcsa.', labelsOfAccount(namespace, account, resources)),
      ...prefixed('pcns.', namespaceLabels),
      ...Object.entries(labels).filter(([key]) => !/^(pcns|pcsa)\./.test(key)), // Nobody may pose as another's.
      ['projectcalico.org/namespace', namespace],
      ['projectcalico.org/orchestrator', 'k8s'],
      ['projectcalico.org/serviceaccount', account],
    ]),
    ports: namedPortsOf(pod),
    node: pod.spec?.nodeName,
    link: interfaceNameOf(namespace, name),
    sourcePrefixes: JSON.parse(
      pod.metadata.annotations?.['cni.projectcalico.org/allowedSourcePrefixes'] ?? '[]',
    ),
  }
}

/** The first of these places that says any; annotations write addresses as prefixes of full length. */
function addressesOf({ metadata: { annotations = {} }, status }: Pod): Ip[] {
  const places = [
    status?.podIPs?.map(({ ip }) => ip),
    [status?.podIP],
    annotations['cni.projectcalico.org/podIPs']?.split(','),
    [annotations['cni.projectcalico.org/podIP']],
    annotations['vpc.amazonaws.com/pod-ips']?.split(','),
  ]
  return places.map(readAddresses).find((ips) => ips.length > 0) ?? []
}

function readAddresses(texts: readonly (string | undefined)[] = []): Ip[] {
  return texts
    .map((text) => parseIp((text ?? '').trim().replace(/\/(32|128)$/, '')))
    .filter((ip) => ip !== undefined)
}

function namedPortsOf({ spec = {} }: Pod): ReferencePod['ports'] {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
    .flatMap((container) => container.ports ?? [])
    .map(({ name = '', protocol = 'TCP', containerPort }) => ({
      name,
      protocol: portProtocols[protocol] ?? 0,
      port: containerPort,
    }))
}

/** A host endpoint is where it is expected to be, whatever addresses its interface has. */
function readHost(resource: HostEndpoint, resources: readonly Resource[]): ReferenceHost {
  const { expectedIPs = [], profiles = [], ports = [] } = resource.spec ?? {}
  const expected = readAddresses(expectedIPs)
  const inherited = profiles.toReversed().flatMap((name) => labelsOfProfile(name, resources))
  return {
    resource,
    labels: new Map([...inherited, ...Object.entries(resource.metadata.labels ?? {})]),
    gives: () => false,
    holds: (ip) => expected.some((own) => own.version === ip.version && own.value === ip.value),
    ports: ports.map(({ name, protocol, port }) => ({ name, port, protocol: numberOf(protocol) })),
  }
}

function numberOf(protocol: string | number): number {
  return typeof protocol === 'number' ? protocol : (portProtocols[protocol] ?? 0)
}

function labelsOfProfile(name: string, resources: readonly Resource[]): [string, string][] {
  const [, kind, rest = '', account = ''] = /^(kns|ksa)\.([^.]+)(?:\.(.+))?$/.exec(name) ?? []
  if (kind === 'kns' && account === '') return prefixed('pcns.', labelsOfNamespace(rest, resources))
  if (kind === 'ksa') return prefixed('pcsa.', labelsOfAccount(rest, account, resources))
  const profile = resources.filter((it) => it.kind === 'Profile').find((it) => it.metadata.name === name)
  return Object.entries(profile?.spec?.labelsToApply ?? {})
}

/** Sets of a namespace bear its name and its labels; others only their own labels. */
function readSet(set: NetworkSet | GlobalNetworkSet, resources: readonly Resource[]): Thing {
  const { namespace = '', labels = {} } = set.metadata
  const holds = (ip: Ip) => (set.spec?.nets ?? []).some((net) => inNet(net, ip))
  const gives = (name: string) =>
    (set.spec?.allowedEgressDomains ?? []).some((pattern) => isDomain(pattern, name))
  if (set.kind === 'GlobalNetworkSet')
    return { labels: new Map(Object.entries(labels)), holds, gives, ports: [] }
  const inherited = prefixed('pcns.', labelsOfNamespace(namespace, resources))
  const own = Object.entries(labels)
  const all = new Map([...inherited, ...own, ['projectcalico.org/namespace', namespace] as const])
  return { labels: all, holds, gives, ports: [] }
}

function labelsOfNamespace(name: string, resources: readonly Resource[]): Labels {
  const namespace = resources.find((it) => it.kind === 'Namespace' && it.metadata.name === name)
  if (namespace === undefined) return new Map()
  return new Map([
    ...Object.entries(namespace.metadata.labels ?? {}),
    ['kubernetes.io/metadata.name', name],
    ['projectcalico.org/name', name],
  ])
}

function labelsOfAccount(namespace: string, name: string, resources: readonly Resource[]): Labels {
  const account = resources
    .filter((it) => it.kind === 'ServiceAccount' && it.metadata.namespace === namespace)
    .find((it) => it.metadata.name === name)
  if (account === undefined) return new Map()
  return new Map([...Object.entries(account.metadata.labels ?? {}), ['projectcalico.org/name', name]])
}

function prefixed(prefix: string, labels: Labels): [string, string][] {
  return [...labels].map(([key, value]) => [prefix + key, value])
}

/** Sets may name a bare address; rules may not, and validation sees to that. */
export function inNet(net: string, ip: Ip | undefined): boolean {
  const cidr = parseCidr(net) ?? parseCidrOrIp(net)
  return ip !== undefined && cidr !== undefined && cidrContains(cidr, ip)
}
