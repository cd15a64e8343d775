/** From a pod to the endpoint that policy applies to. Source: spec/api.md 3.4 and 5.4. */
import { type Ip, parseCidr, parseIp } from '@margay/netset'
import type { ContainerPort, Pod } from '../kinds/pod/schema.ts'
import {
  namespaceLabel,
  namespacePrefix,
  orchestratorLabel,
  serviceAccountLabel,
  serviceAccountPrefix,
} from './labels.ts'
import { sha1Hex } from './sha1.ts'

export interface WorkloadEndpoint {
  readonly namespace: string
  /** The pod's name, or that of the workload that pods are made by. */
  readonly name: string
  /** The machine that it runs on; undefined until it is scheduled. */
  readonly node: string | undefined
  /** Its own, and `projectcalico.org/` ones about what it is; inherited labels are not among them. */
  readonly labels: Readonly<Record<string, string>>
  readonly serviceAccount: string
  /** Empty until it has an address. */
  readonly ips: readonly Ip[]
  /** Those that have a name. */
  readonly ports: readonly EndpointPort[]
  /** The host's end of its link. */
  readonly interfaceName: string
  /** Whose labels and rules it inherits: first its namespace's, then its service account's. */
  readonly profiles: readonly string[]
}

export interface EndpointPort {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly port: number
}

/** Undefined for a pod that is no endpoint. */
export function podToWorkloadEndpoint(pod: Pod): WorkloadEndpoint | undefined {
  if (!isEndpoint(pod)) return undefined
  const { name, namespace = 'default' } = pod.metadata
  const serviceAccount = serviceAccountOf(pod)
  return {
    namespace,
    name,
    node: nodeOf(pod),
    labels: { ...ownLabelsOf(pod), ...identityLabels(namespace, serviceAccount) },
    serviceAccount,
    ips: podAddresses(pod),
    ports: podPorts(pod),
    // Most that is asked about pods is not about their links, and a hash takes longer than all the rest.
    get interfaceName() {
      return interfaceNameOf(namespace, name)
    },
    profiles: profileNames(namespace, serviceAccount),
  }
}

/** False for a pod that has no address of its own: it shares its node's network, or it has ended. */
export function isEndpoint(pod: Pod): boolean {
  return pod.spec?.hostNetwork !== true && !isFinished(pod)
}

/** The machine that it runs on; undefined until it is scheduled. */
export function nodeOf({ spec }: Pod): string | undefined {
  return textOf(spec?.nodeName)
}

/** Whose labels and rules it inherits: first its namespace's, then its service account's. */
export function profileNames(namespace: string, serviceAccount: string): string[] {
  return [joined('kns.', namespace), joined('ksa.', namespace, '.', serviceAccount)]
}

/** `cali` and 11 hexadecimal digits: it fits the 15 characters that Linux allows. */
export function interfaceNameOf(namespace: string, pod: string): string {
  return joined('cali', sha1Hex(`${namespace}.${pod}`).slice(0, 11))
}

/** There are such texts for each pod of a cluster: a template would stay the parts that it was made of. */
function joined(...parts: readonly string[]): string {
  return parts.join('')
}

const addressAnnotation = 'cni.projectcalico.org/podIP'
const addressesAnnotation = 'cni.projectcalico.org/podIPs'
const cloudAddressesAnnotation = 'vpc.amazonaws.com/pod-ips'

function isFinal(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Succeeded' || phase === 'Completed'
}

/** A pod that is being deleted keeps its policy until its network is taken down, which empties the annotation. */
function isFinished({ metadata, status }: Pod): boolean {
  if (isFinal(status?.phase)) return true
  if (metadata.deletionTimestamp === undefined) return false
  return [addressAnnotation, cloudAddressesAnnotation].some((key) => metadata.annotations?.[key] === '')
}

/** Every pod of a Kubernetes cluster runs as a service account, `default` unless it says another. */
export function serviceAccountOf({ spec }: Pod): string {
  return textOf(spec?.serviceAccountName) ?? textOf(spec?.serviceAccount) ?? 'default'
}

/** Those that tell what a pod is: nothing else may say so. */
export function identityLabels(namespace: string, serviceAccount: string): Record<string, string> {
  return {
    [namespaceLabel]: namespace,
    [orchestratorLabel]: 'k8s',
    [serviceAccountLabel]: serviceAccount,
  }
}

/**
 * What it says of itself, without what it may not say: labels that look inherited, by which it could pose as another namespace's, and
 * those that tell what it is. The same object as the pod's where there is none of these.
 */
export function ownLabelsOf({ metadata: { labels } }: Pod): Readonly<Record<string, string>> {
  if (labels === undefined) return noLabels
  for (const key in labels) {
    if (isReserved(key)) return Object.fromEntries(Object.entries(labels).filter(([it]) => !isReserved(it)))
  }
  return labels
}

const noLabels: Readonly<Record<string, string>> = {}

function isReserved(key: string): boolean {
  // All of these begin with the letter, and hardly any other label does.
  if (!key.startsWith('p')) return false
  return key.startsWith(namespacePrefix) || key.startsWith(serviceAccountPrefix) || identity.has(key)
}

const identity: ReadonlySet<string> = new Set([namespaceLabel, orchestratorLabel, serviceAccountLabel])

/** The first source that names any: the status comes later than the annotations of the network plugin. Empty until it has an address. */
export function podAddresses({ metadata: { annotations }, status }: Pod): Ip[] {
  return (
    parseHosts(status?.podIPs?.map(({ ip }) => ip ?? '')) ??
    parseHosts([status?.podIP ?? '']) ??
    parseHosts(annotations?.[addressesAnnotation]?.split(',')) ??
    parseHosts([annotations?.[addressAnnotation] ?? '']) ??
    parseHosts(annotations?.[cloudAddressesAnnotation]?.split(',')) ??
    []
  )
}

/** Undefined for none: what is not an address is left out. */
function parseHosts(texts: readonly string[] = []): Ip[] | undefined {
  // As nearly all.
  if (texts.length === 1) return listOf(parseHost(texts[0] ?? ''))
  const addresses = texts.map(parseHost).filter((it) => it !== undefined)
  // A list that grew has room for sixteen more, and this one is kept.
  return addresses.length === 0 ? undefined : addresses.slice()
}

function listOf(address: Ip | undefined): Ip[] | undefined {
  return address === undefined ? undefined : [address]
}

/** Annotations write an address as a prefix of its full length. */
function parseHost(text: string): Ip | undefined {
  return parseIp(text) ?? parseHostWithin(text.trim())
}

function parseHostWithin(trimmed: string): Ip | undefined {
  return trimmed.includes('/') ? onlyAddressOf(trimmed) : parseIp(trimmed)
}

function onlyAddressOf(text: string): Ip | undefined {
  const cidr = parseCidr(text)
  if (cidr === undefined || cidr.prefixLength !== (cidr.version === 4 ? 32 : 128)) return undefined
  return { version: cidr.version, value: cidr.base }
}

/** Those that have a name. */
export function podPorts({ spec }: Pod): EndpointPort[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  return containers.flatMap(({ ports = [] }) => ports.flatMap(namedPortOf))
}

function namedPortOf({ name, containerPort, protocol = 'TCP' }: ContainerPort): EndpointPort[] {
  if (name === undefined || name === '' || containerPort === 0) return []
  return [{ name, protocol, port: containerPort }]
}

function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
