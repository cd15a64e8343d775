/** Small worlds for the compiler's tests: two pods in namespace shop, and the policies of a test. */
import { buildPolicyState, type PolicyState } from '@margay/policy'
import { admit, type Resource } from '@margay/resources'

const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { team: 'sales' } },
}

function pod(name: string, ips: readonly string[], port: number) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name, labels: { app: name } },
    spec: {
      nodeName: 'node-1',
      containers: [
        { name: 'c', image: 'i', ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] },
      ],
    },
    status: { phase: 'Running', podIPs: ips.map((ip) => ({ ip })) },
  }
}

const pods = [pod('web', ['10.65.0.1', 'fd65::1'], 8080), pod('db', ['10.65.0.2', 'fd65::2'], 5432)]

/** @throws Error for an object that is not valid, since then the test is wrong. */
export function worldWith(...objects: readonly object[]): PolicyState {
  return buildPolicyState([...always, ...objects.map(admitted)]).state
}

/** @throws Error for an object that is not valid, since then the test is wrong. */
export function admitted(object: object): Resource {
  const admission = admit(object)
  if (!admission.ok) throw new Error(JSON.stringify(admission.issues))
  return admission.resource
}

/** A v3 NetworkPolicy of namespace shop, or with another kind one without a namespace. */
export function policy(name: string, spec: object, kind = 'NetworkPolicy') {
  const metadata = kind === 'NetworkPolicy' ? { name, namespace: 'shop' } : { name }
  return { apiVersion: 'projectcalico.org/v3', kind, metadata, spec }
}

export function tier(name: string, spec: object) {
  return { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name }, spec }
}

/** What is in each of these worlds. */
export const always: readonly Resource[] = [namespace, ...pods].map(admitted)
