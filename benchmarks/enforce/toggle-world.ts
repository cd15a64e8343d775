/**
 * A world in which one policy decides about one connection: from pod probe/client to pod probe/server. They count among
 * the pods, and nothing else governs them, so what that connection does shows which version of the policy is in force.
 */
import type { ResourceObject } from '@margay/resources'
import { dnsPort, podAddresses, podNamed } from '../world/pods.ts'
import { type WorldSize, worldObjects } from '../world/world.ts'

export type Toggle = 'Allow' | 'Deny'

export const namespace = 'probe'
export const serverPort = dnsPort

/** Without the toggled policy. */
export function toggleWorld({ pods, policies }: WorldSize): ResourceObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...worldObjects({ pods: pods - 2, policies }),
    ...['client', 'server'].map((name, i) =>
      podNamed(namespace, name, { side: name }, podAddresses(60_000 + i)),
    ),
  ]
}

/** Comes before all others of its tier. */
export function togglePolicy(action: Toggle): ResourceObject {
  const source = { selector: "side == 'client'" }
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: 'toggle' },
    spec: {
      order: 1,
      selector: "side == 'server'",
      types: ['Ingress'],
      ingress: [{ action, protocol: 'UDP', source, destination: { ports: [serverPort] } }],
    },
  }
}

export function opposite(action: Toggle): Toggle {
  return action === 'Allow' ? 'Deny' : 'Allow'
}
