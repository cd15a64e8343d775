/** From a pod to the endpoint that policy applies to. Source: spec/api.md 3.4 and 5.4. */
import { type Ip, parseCidrOrIp } from '@margay/netset'
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

/** Undefined for a pod that has no address of its own: it shares its node's network, or it has ended. */
export function podToWorkloadEndpoint(pod: Pod): WorkloadEndpoint | undefined {
  if (pod.spec?.hostNetwork === true || isFinished(pod)) return undefined
  const { name, namespace = 'default' } = pod.metadata
  const serviceAccount = serviceAccountOf(pod)
  return {
    namespace,
    name,
    node: textOf(pod.spec?.nodeName),
    labels: labelsOf(pod, namespace, serviceAccount),
    serviceAccount,
    ips: addressesOf(pod),
    ports: namedPortsOf(pod),
    // Most that is asked about pods is not about their links, and a hash takes longer than all the rest.
    get interfaceName() {
      return interfaceNameOf(namespace, name)
    },
    profiles: [joined('kns.', namespace), joined('ksa.', namespace, '.', serviceAccount)],
  }
}

/** `cali` and 11 hexadecimal digits: it fits the 15 characters that Linux allows. */
export function interfaceNameOf(namespace: string, pod: string): string {
  return joined('cali', sha1Hex(`${namespace}.${pod}`).slice(0, 11))
}

/** There are such texts for each pod of a cluster: a template would stay the parts that it was made of. */
function joined(...parts: readonly string[]): string {
  return parts.join('')
}

const finishedPhases: readonly (string | undefined)[] = ['Failed', 'Succeeded', 'Completed']

const addressAnnotation = 'cni.projectcalico.org/podIP'
const addressesAnnotation = 'cni.projectcalico.org/podIPs'
const cloudAddressesAnnotation = 'vpc.amazonaws.com/pod-ips'

/** A pod that is being deleted keeps its policy until its network is taken down, which empties the annotation. */
function isFinished({ metadata, status }: Pod): boolean {
  if (finishedPhases.includes(status?.phase)) return true
  if (metadata.deletionTimestamp === undefined) return false
  return [addressAnnotation, cloudAddressesAnnotation].some((key) => metadata.annotations?.[key] === '')
}

/** Every pod of a Kubernetes cluster runs as a service account, `default` unless it says another. */
export function serviceAccountOf({ spec }: Pod): string {
  return textOf(spec?.serviceAccountName) ?? textOf(spec?.serviceAccount) ?? 'default'
}

/** Labels that look inherited are left out: who may label a pod could else pose as another namespace's. */
function labelsOf(pod: Pod, namespace: string, serviceAccount: string): Record<string, string> {
  const own = Object.entries(pod.metadata.labels ?? {}).filter(
    ([key]) => !key.startsWith(namespacePrefix) && !key.startsWith(serviceAccountPrefix),
  )
  return {
    ...Object.fromEntries(own),
    [namespaceLabel]: namespace,
    [orchestratorLabel]: 'k8s',
    [serviceAccountLabel]: serviceAccount,
  }
}

/** The first source that names any: the status comes later than the annotations of the network plugin. */
function addressesOf({ metadata, status }: Pod): Ip[] {
  const annotations = metadata.annotations ?? {}
  const sources = [
    (status?.podIPs ?? []).map(({ ip }) => ip ?? ''),
    [status?.podIP ?? ''],
    (annotations[addressesAnnotation] ?? '').split(','),
    [annotations[addressAnnotation] ?? ''],
    (annotations[cloudAddressesAnnotation] ?? '').split(','),
  ]
  const addresses = sources.map((texts) => texts.flatMap(parseHost)).find((ips) => ips.length > 0) ?? []
  // A list that grew has room for sixteen more, and this one is kept.
  return addresses.slice()
}

/** Annotations write an address as a prefix of its full length. */
function parseHost(text: string): Ip[] {
  const cidr = parseCidrOrIp(text.trim())
  if (cidr === undefined || cidr.prefixLength !== (cidr.version === 4 ? 32 : 128)) return []
  return [{ version: cidr.version, value: cidr.base }]
}

function namedPortsOf({ spec }: Pod): EndpointPort[] {
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
