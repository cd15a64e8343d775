/** From manifests of pods to the lab's pods: what a kubelet and a CNI plugin would make of them. */
import { formatIp } from '@margay/netset'
import { protocols } from '@margay/policy'
import { type Pod, podToWorkloadEndpoint, type Resource } from '@margay/resources'
import { usageError } from '../errors.ts'
import { listeningPortsOf } from '../matrix/listening-ports.ts'

export interface LabTopology {
  readonly nodes: readonly string[]
  readonly pods: readonly LabPodPlan[]
  /** All resources, in an order in which an API takes them: namespaces first, pods last. */
  readonly resources: readonly Resource[]
}

export interface LabPodPlan {
  readonly node: string
  readonly namespace: string
  readonly name: string
  readonly ips: readonly string[]
  readonly interfaceName: string
  readonly tcp: readonly number[]
  readonly udp: readonly number[]
}

/** Each pod needs a node and addresses; its containers' ports are what it listens at. @throws CliError */
export function topologyOf(resources: readonly Resource[]): LabTopology {
  const pods = resources.filter((resource): resource is Pod => resource.kind === 'Pod').map(planPod)
  if (pods.length === 0) throw usageError('the lab needs pods: the given manifests have none')
  return { nodes: [...new Set(pods.map(({ node }) => node))], pods, resources: inApiOrder(resources) }
}

function planPod(pod: Pod): LabPodPlan {
  const workload = podToWorkloadEndpoint(pod)
  const name = `Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
  if (workload?.node === undefined) throw usageError(`${name}: spec.nodeName: a pod of the lab needs a node`)
  if (workload.ips.length === 0) throw usageError(`${name}: status.podIPs: a pod of the lab needs an address`)
  const ports = listeningPortsOf(pod)
  const numbers = (wanted: number) =>
    ports.filter(({ protocol }) => protocol === wanted).map(({ port }) => port)
  return {
    node: workload.node,
    namespace: workload.namespace,
    name: workload.name,
    ips: workload.ips.map(formatIp),
    interfaceName: workload.interfaceName,
    tcp: numbers(protocols.tcp),
    udp: numbers(protocols.udp),
  }
}

/** What others refer to comes first: a policy's tier, and a pod's namespace and service account. */
export function inApiOrder(resources: readonly Resource[]): Resource[] {
  return resources.toSorted((a, b) => rank(a) - rank(b))
}

const first = ['Namespace', 'Node', 'ServiceAccount', 'Tier']

function rank({ kind }: Resource): number {
  if (kind === 'Pod') return first.length + 1
  const index = first.indexOf(kind)
  return index === -1 ? first.length : index
}
