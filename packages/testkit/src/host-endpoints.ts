/** Host endpoints of each sort, under the labels that pods carry, and the profiles that they name. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import type { Cast } from './cast.ts'
import { podLabels } from './labels.ts'
import { maybe, record } from './optional.ts'
import { ownPortName, portNumber } from './ports.ts'
import { rules } from './rule.ts'

/** The interfaces that nodes of a path have beside those of pods. */
export const hostInterfaces = ['eth0', 'eth1'] as const

const ownProfile = 'own'
const profileNames = ['projectcalico-default-allow', ownProfile, 'kns.red', 'ksa.blue.robot', 'missing']

/** Never the address of a pod: that nobody would expect. */
export function hostEndpoints(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    name: fc.constantFrom('alpha', 'beta', 'gamma', 'alpha-1'),
    node: fc.constantFrom(...cast.nodes.map(({ name }) => name)),
    interfaceName: maybe(80, fc.constantFrom('*', ...hostInterfaces, ...hostInterfaces, 'lo')),
    expectedIPs: fc.subarray(addressesOutsideOfPods(cast), { minLength: 1, maxLength: 3 }),
    labels: podLabels,
    profiles: maybe(60, fc.uniqueArray(fc.constantFrom(...profileNames), { minLength: 1, maxLength: 3 })),
    ports: maybe(40, fc.array(endpointPort, { minLength: 1, maxLength: 2 })),
  }).map(({ name, labels, ...spec }) => v3('HostEndpoint', { name, labels }, spec))
}

const endpointPort = fc.record({
  name: ownPortName,
  protocol: fc.constantFrom<string | number>('TCP', 'UDP', 'SCTP', 6),
  port: portNumber,
})

function addressesOutsideOfPods(cast: Cast): string[] {
  return [...cast.nodes, ...cast.strangers].flatMap(({ addresses }) => addresses)
}

export function profiles(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    ingress: maybe(80, rules(cast, 'ingress')),
    egress: maybe(80, rules(cast, 'egress')),
    labelsToApply: maybe(50, podLabels),
  }).map((spec) => v3('Profile', { name: ownProfile }, spec))
}

function v3(kind: string, metadata: ResourceObject['metadata'], spec: object): ResourceObject {
  return { apiVersion: 'projectcalico.org/v3', kind, metadata, spec }
}
