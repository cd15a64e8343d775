/** The pods of a world as a lab's pods: real namespaces with real interfaces, on one node. */
import type { LabNode, LabPod } from '@margay/lab'
import { createLab, type Lab, type PodSpec as LabPodSpec } from '@margay/lab'
import { formatIp } from '@margay/netset'
import { type Pod, podToWorkloadEndpoint, type Resource } from '@margay/resources'
import type { Context } from '../harness/bench.ts'
import { nodeName } from './pods.ts'

export interface LabWorld {
  readonly lab: Lab
  readonly node: LabNode
  readonly pods: readonly LabPod[]
}

/** One name for all: what a killed run left behind is removed by the next one. @throws LabInUseError */
const labName = 'bench'

export async function startLab(
  { defer }: Pick<Context, 'defer'>,
  resources: readonly Resource[],
): Promise<LabWorld> {
  const lab = await createLab({ name: labName })
  defer(() => lab.close())
  const node = await lab.addNode(nodeName)
  const pods = await lab.addPods(resources.filter((resource) => resource.kind === 'Pod').map(labPodOf))
  return { lab, node, pods }
}

function labPodOf(pod: Pod): LabPodSpec {
  const workload = podToWorkloadEndpoint(pod)
  if (workload === undefined) throw new Error(`pod ${pod.metadata.name} has no network of its own`)
  const { namespace, name, interfaceName, ips } = workload
  return { node: nodeName, namespace, name, interfaceName, ips: ips.map(formatIp) }
}
