/** Who takes part: one pod that lies, and those whom it lies to or whose addresses it claims. */
import { createLab, type Lab, type LabMember, type LabNode, type LabPod } from '@margay/lab'
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { interfaceNameOf } from '@margay/resources'
import { admitAll } from '@margay/testkit'

export interface Players {
  readonly lab: Lab
  readonly node: LabNode
  readonly otherNode: LabNode
  readonly liar: LabPod
  /** On the liar's node: one that is sent to, and one whose addresses are claimed. */
  readonly near: LabPod
  readonly victim: LabPod
  /** On the other node. */
  readonly far: LabPod
  readonly farVictim: LabPod
  /** A machine that is no pod, behind the other node. */
  readonly outside: LabMember
}

const namespace = 'spoof'

const pods = [
  { name: 'liar', node: 'a', ips: ['10.67.0.1', 'fd67::1'] },
  { name: 'near', node: 'a', ips: ['10.67.0.2', 'fd67::2'] },
  { name: 'victim', node: 'a', ips: ['10.67.0.3', 'fd67::3'] },
  { name: 'far', node: 'b', ips: ['10.67.1.1', 'fd67::1:1'] },
  { name: 'far-victim', node: 'b', ips: ['10.67.1.2', 'fd67::1:2'] },
] as const

export async function gather(): Promise<Players> {
  const lab = await createLab({ name: `spoof${process.pid}` })
  try {
    const [node, otherNode] = [await lab.addNode('a'), await lab.addNode('b')]
    const outside = { node: 'b', namespace: 'outside', name: 'machine', interfaceName: 'ext-machine' }
    await lab.addPods([
      ...pods.map((pod) => ({ ...pod, namespace, interfaceName: interfaceNameOf(namespace, pod.name) })),
      { ...outside, ips: ['203.0.113.7', '2001:db8::7'] },
    ])
    const pod = (name: string) => lab.pod(namespace, name)
    return {
      lab,
      node,
      otherNode,
      liar: pod('liar'),
      near: pod('near'),
      victim: pod('victim'),
      far: pod('far'),
      farVictim: pod('far-victim'),
      outside: lab.pod('outside', 'machine'),
    }
  } catch (error) {
    await lab.close()
    throw error
  }
}

/** No policy: everyone may talk to everyone, so that nothing but the check of addresses can refuse a packet. */
export function openWorld(): PolicyState {
  const objects: ResourceObject[] = pods.map(({ name, node, ips }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: { nodeName: node, containers: [{ name: 'c', image: 'registry.k8s.io/pause' }] },
    status: { phase: 'Running', podIPs: ips.map((ip) => ({ ip })) },
  }))
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  return buildPolicyState(admitAll([home, ...objects])).state
}
