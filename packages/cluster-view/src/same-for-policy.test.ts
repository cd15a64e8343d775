import { admit, type Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { isSameForPolicy } from './same-for-policy.ts'

function resource(object: object): Resource {
  const admission = admit(object)
  return admission.ok ? admission.resource : expect.fail(JSON.stringify(admission.issues))
}

const pod = (more: object = {}, status: object = {}, metadata: object = {}) =>
  resource({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web', labels: { app: 'web' }, ...metadata },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }], ...more },
    status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], ...status },
  })
const slice = (endpoints: object[], more: object = {}) =>
  resource({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'shop', name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ port: 80 }],
    ...more,
  })
const node = (status: object, labels: object = {}) =>
  resource({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels }, status })
const named = (kind: string, metadata: object) =>
  resource({ apiVersion: 'v1', kind, metadata: { name: 'shop', ...metadata } })
const at = (address: string, more: object = {}) => ({ addresses: [address], ...more })
const conditions = [{ type: 'Ready', status: 'True' }]

test.each<[string, Resource, Resource]>([
  ['a heartbeat of a node', node({ conditions: [] }), node({ conditions })],
  ['a condition of a pod', pod(), pod({}, { conditions })],
  ['readiness of a container', pod(), pod({}, { containerStatuses: [{ name: 'c', ready: true }] })],
  [
    'an annotation of a namespace',
    named('Namespace', { labels: { a: 'b' } }),
    named('Namespace', { labels: { a: 'b' }, annotations: { c: 'd' } }),
  ],
  [
    'an annotation of a service account',
    named('ServiceAccount', { namespace: 'shop' }),
    named('ServiceAccount', { namespace: 'shop', annotations: { c: 'd' } }),
  ],
  ['a revision', pod(), pod({}, {}, { resourceVersion: '7' })],
  [
    'readiness of an endpoint',
    slice([at('10.0.0.1')]),
    slice([at('10.0.0.1', { conditions: { ready: false } })]),
  ],
])('%s is nothing that policy reads', (_, before, after) => expect(isSameForPolicy(before, after)).toBe(true))

test.each<[string, Resource | undefined, Resource | undefined]>([
  ['a label of a namespace', named('Namespace', {}), named('Namespace', { labels: { a: 'b' } })],
  [
    'a label of a service account',
    named('ServiceAccount', { namespace: 'shop' }),
    named('ServiceAccount', { namespace: 'shop', labels: { a: 'b' } }),
  ],
  ['a label of a node', node({}), node({}, { zone: 'a' })],
  [
    'an address of a node, as Calico tells it',
    node({}),
    {
      ...node({}),
      metadata: { ...node({}).metadata, annotations: { 'projectcalico.org/IPv4Address': '10.0.0.1/24' } },
    },
  ],
  ['an address of a node', node({}), node({ addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] })],
  ['an address of a pod', pod(), pod({}, { podIPs: [{ ip: '10.0.0.2' }] })],
  ['the end of a pod', pod(), pod({}, { phase: 'Failed' })],
  ['a label of a pod', pod(), pod({}, {}, { labels: {} })],
  ['an annotation of a pod', pod(), pod({}, {}, { annotations: { a: 'b' } })],
  ['the deletion of a pod', pod(), pod({}, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ['the node of a pod', pod(), pod({ nodeName: 'm' })],
  ['an address of a service', slice([at('10.0.0.1')]), slice([at('10.0.0.2')])],
  ['a port of a service', slice([]), slice([], { ports: [{ port: 81 }] })],
  [
    'another service',
    slice([]),
    slice([], {
      metadata: { namespace: 'shop', name: 'db-1', labels: { 'kubernetes.io/service-name': 'web' } },
    }),
  ],
  ['a new object', undefined, pod()],
  ['an object that is gone', slice([]), undefined],
  ['nothing that was nothing', undefined, undefined],
])('%s is', (_, before, after) => expect(isSameForPolicy(before, after)).toBe(false))
