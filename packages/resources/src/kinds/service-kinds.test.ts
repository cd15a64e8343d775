/** Service, EndpointSlice, ConfigMap, Event and Lease: what stands beside pods and policies. */
import { expect, test } from 'vitest'
import { admitted, core, issuePaths } from './examples.testkit.ts'

const named = { name: 'web', namespace: 'shop' }
const service = (spec: object, name = 'web') => core('Service', { ...named, name }, { spec })
const slice = (fields: object) => ({
  ...core('EndpointSlice', named),
  apiVersion: 'discovery.k8s.io/v1',
  addressType: 'IPv4',
  ...fields,
})
const configMap = (fields: object) => core('ConfigMap', named, { ...fields })
const event = (involvedObject: object, namespace = 'shop') =>
  core('Event', { name: 'e', namespace }, { involvedObject })
const lease = (spec: object) => ({ ...core('Lease', named), apiVersion: 'coordination.k8s.io/v1', spec })
const http = { name: 'http', port: 80 }

test.each([
  service({ ports: [{ port: 80 }] }),
  service({
    ports: [http, { name: 'dns', port: 53, protocol: 'UDP' }],
    selector: { 'app.kubernetes.io/name': 'web' },
  }),
  service({
    ports: [
      { port: 53, protocol: 'UDP', name: 'a' },
      { port: 53, name: 'b' },
    ],
  }),
  service({
    ports: [{ port: 80, targetPort: 'http' }],
    clusterIP: '10.96.0.1',
    clusterIPs: ['10.96.0.1', 'fd00::1'],
  }),
  service({ clusterIP: 'None' }),
  service({ type: 'ExternalName', externalName: 'db.example.com.' }),
  slice({
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ port: 80, name: '' }],
  }),
  slice({ addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] }),
  slice({ addressType: 'FQDN', endpoints: [{ addresses: ['db.example.com'] }] }),
  configMap({ data: { 'a.yaml': 'x', '.hidden': '' }, binaryData: { b: 'MQ==' } }),
  event({ kind: 'Pod', name: 'web', namespace: 'shop' }),
  event({ kind: 'Node', name: 'node-1' }, 'default'),
  lease({ holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-02T03:04:05.000000Z' }),
])('%j is accepted', (input) => expect(issuePaths(input)).toEqual([]))

test.each([
  [service({ ports: [http] }, '9lives'), 'metadata.name'],
  [service({}), 'spec.ports'],
  [service({ ports: [{ port: 0 }] }), 'spec.ports[0].port'],
  [service({ ports: [{ port: 80, protocol: 'ICMP' }] }), 'spec.ports[0].protocol'],
  [service({ ports: [http, { port: 81 }] }), 'spec.ports[1].name'],
  [service({ ports: [http, { name: 'http', port: 81 }] }), 'spec.ports[1].name'],
  [service({ ports: [http, { name: 'other', port: 80 }] }), 'spec.ports[1]'],
  [service({ ports: [{ port: 80, name: 'Web' }] }), 'spec.ports[0].name'],
  [service({ ports: [{ port: 80, targetPort: 0 }] }), 'spec.ports[0].targetPort'],
  [service({ ports: [{ port: 80, targetPort: 'no_good' }] }), 'spec.ports[0].targetPort'],
  [service({ ports: [http], clusterIP: '10.0.0' }), 'spec.clusterIP'],
  [service({ ports: [http], externalIPs: ['None'] }), 'spec.externalIPs[0]'],
  [service({ ports: [http], clusterIP: 'None', type: 'NodePort' }), 'spec.clusterIP'],
  [service({ ports: [http], selector: { 'a b': 'c' } }), 'spec.selector'],
  [service({ ports: [http], type: 'Internal' }), 'spec.type'],
  [service({ type: 'ExternalName' }), 'spec.externalName'],
  [service({ type: 'ExternalName', externalName: 'no_good' }), 'spec.externalName'],
  [slice({ addressType: 'IPv5' }), 'addressType'],
  [slice({ endpoints: [{ addresses: [] }] }), 'endpoints[0].addresses'],
  [slice({ endpoints: [{ addresses: ['fd00::1'] }] }), 'endpoints[0].addresses[0]'],
  [slice({ ports: [{ port: 70000 }] }), 'ports[0].port'],
  [slice({ ports: [{ name: 'a' }, { name: 'a' }] }), 'ports[1].name'],
  [slice({ ports: [{ name: 'A' }] }), 'ports[0].name'],
  [configMap({ data: { 'a/b': '' } }), 'data[a/b]'],
  [configMap({ data: { '..': '' } }), 'data[..]'],
  [configMap({ data: { a: '' }, binaryData: { a: '' } }), 'binaryData.a'],
  [configMap({ binaryData: { a: '?' } }), 'binaryData.a'],
  [configMap({ data: { a: 'x'.repeat(1024 * 1024 + 1) } }), ''],
  [event({ kind: 'Pod', name: 'web', namespace: 'ops' }), 'involvedObject.namespace'],
  [event({ kind: 'Node', name: 'node-1' }), 'involvedObject.namespace'],
  [lease({ leaseDurationSeconds: 0 }), 'spec.leaseDurationSeconds'],
  [lease({ leaseTransitions: -1 }), 'spec.leaseTransitions'],
])('%j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))

test('a service gets the defaults of Kubernetes', () => {
  expect(admitted(service({ ports: [{ port: 80 }] }))).toMatchObject({
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    },
  })
})
