import { admit, findKind } from '@margay/resources'
import { expect, test } from 'vitest'
import { matchesFields, parseFieldSelector } from './fields.ts'

/** Fields that are set nowhere compare as kube-apiserver fills them in. */
const objects = {
  Pod: { spec: { nodeName: 'n1', hostNetwork: true }, status: { podIPs: [{ ip: '10.0.0.1' }] } },
  Node: {},
  Namespace: {},
  Secret: {},
  Service: { spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
  Event: {
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'n', resourceVersion: '7' },
    source: { component: 'kubelet' },
    type: 'Normal',
  },
}

const selects = (kind: keyof typeof objects, selector: string): boolean => {
  const definition = findKind('v1', kind)
  const place = definition?.namespaced ? { namespace: 'n' } : {}
  const admission = admit({ apiVersion: 'v1', kind, metadata: { name: 'a', ...place }, ...objects[kind] })
  if (!admission.ok || definition === undefined) throw new Error(JSON.stringify(admission))
  return matchesFields(parseFieldSelector(selector, definition), admission.resource as never)
}

test.each([
  ['Pod', 'spec.nodeName=n1', 'spec.nodeName=n2'],
  ['Pod', 'status.phase=Pending', 'status.phase=Running'],
  ['Pod', 'status.phase!=Running', 'status.phase!=Pending'],
  ['Pod', 'status.podIP=10.0.0.1', 'status.podIP='],
  ['Pod', 'spec.restartPolicy=Always', 'spec.restartPolicy=Never'],
  ['Pod', 'spec.schedulerName=default-scheduler', 'spec.schedulerName=other'],
  ['Pod', 'spec.hostNetwork=true', 'spec.hostNetwork=false'],
  ['Pod', 'spec.serviceAccountName=default', 'spec.serviceAccountName=other'],
  ['Pod', 'status.nominatedNodeName=', 'status.nominatedNodeName=n1'],
  ['Node', 'spec.unschedulable=false', 'spec.unschedulable=true'],
  ['Namespace', 'name=a', 'name=b'],
  ['Namespace', 'status.phase=Active', 'status.phase=Terminating'],
  ['Secret', 'type=Opaque', 'type=kubernetes.io/tls'],
  ['Service', 'spec.clusterIP=None,spec.type=ClusterIP', 'spec.type=NodePort'],
  ['Event', 'source=kubelet', 'source=scheduler'],
  ['Event', 'involvedObject.resourceVersion=7', 'involvedObject.resourceVersion=8'],
  ['Event', 'involvedObject.kind=Pod,involvedObject.name=web,type=Normal', 'type=Warning'],
] as const)('a %s is selected by %s, and not by %s', (kind, selector, other) => {
  expect(selects(kind, selector)).toBe(true)
  expect(selects(kind, other)).toBe(false)
})
