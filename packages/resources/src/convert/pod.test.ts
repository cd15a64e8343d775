import { formatIp } from '@margay/netset'
import { expect, test } from 'vitest'
import type { Pod } from '../kinds/pod/schema.ts'
import { interfaceNameOf, podToWorkloadEndpoint } from './pod.ts'

type Fields = { metadata?: Partial<Pod['metadata']> } & Partial<Pick<Pod, 'spec' | 'status'>>

const pod = ({ metadata, ...rest }: Fields): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-0', namespace: 'shop', ...metadata },
  ...rest,
})
const endpoint = (fields: Fields) =>
  podToWorkloadEndpoint(pod(fields)) ?? expect.fail('the pod is no endpoint')
const addresses = (fields: Fields) => endpoint(fields).ips.map(formatIp)

test('the whole of an endpoint', () => {
  const got = endpoint({
    metadata: { labels: { app: 'web' } },
    spec: {
      nodeName: 'node-1',
      serviceAccountName: 'seller',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 9090 }] }],
      initContainers: [{ name: 'i', ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }] }],
    },
    status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
  })
  expect(got).toEqual({
    namespace: 'shop',
    name: 'web-0',
    node: 'node-1',
    labels: {
      app: 'web',
      'projectcalico.org/namespace': 'shop',
      'projectcalico.org/orchestrator': 'k8s',
      'projectcalico.org/serviceaccount': 'seller',
    },
    serviceAccount: 'seller',
    ips: [
      { version: 4, value: 0x0a00_0001n },
      { version: 6, value: (0xfd00n << 112n) | 1n },
    ],
    ports: [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ],
    interfaceName: interfaceNameOf('shop', 'web-0'),
    profiles: ['kns.shop', 'ksa.shop.seller'],
  })
})

test('the bare minimum of a pod', () => {
  const { namespace, ...metadata } = pod({}).metadata
  expect(namespace).toBe('shop')
  expect(podToWorkloadEndpoint({ apiVersion: 'v1', kind: 'Pod', metadata })).toMatchObject({
    namespace: 'default',
    node: undefined,
    serviceAccount: 'default',
    ips: [],
    ports: [],
    profiles: ['kns.default', 'ksa.default.default'],
  })
})

test('labels that tell what a pod is can not be forged', () => {
  const { labels } = endpoint({
    metadata: {
      labels: {
        app: 'web',
        'pcns.team': 'bank',
        'pcsa.role': 'admin',
        'projectcalico.org/namespace': 'bank',
        'projectcalico.org/serviceaccount': 'root',
      },
    },
  })
  expect(labels).toEqual({
    app: 'web',
    'projectcalico.org/namespace': 'shop',
    'projectcalico.org/orchestrator': 'k8s',
    'projectcalico.org/serviceaccount': 'default',
  })
})

test.each([
  ['serviceAccountName', { serviceAccountName: 'a', serviceAccount: 'b' }, 'a'],
  ['its old name', { serviceAccount: 'b' }, 'b'],
  ['an empty one', { serviceAccountName: '' }, 'default'],
])('service account: %s', (_name, spec, want) => {
  expect(endpoint({ spec }).serviceAccount).toBe(want)
})

const podIP = 'cni.projectcalico.org/podIP'

test.each<[string, Fields]>([
  ['shares its network with its node', { spec: { hostNetwork: true } }],
  ['succeeded', { status: { phase: 'Succeeded' } }],
  ['failed', { status: { phase: 'Failed' } }],
  [
    'is deleted and has lost its address',
    { metadata: { deletionTimestamp: 'now', annotations: { [podIP]: '' } } },
  ],
])('a pod that %s is no endpoint', (_name, fields) => {
  expect(podToWorkloadEndpoint(pod(fields))).toBeUndefined()
})

test.each<[string, Fields]>([
  ['is pending', { status: { phase: 'Pending' } }],
  ['is being deleted', { metadata: { deletionTimestamp: 'now', annotations: { [podIP]: '10.0.0.1/32' } } }],
  ['is being deleted, by another network plugin', { metadata: { deletionTimestamp: 'now' } }],
  ['has no address yet', { metadata: { annotations: { [podIP]: '' } } }],
])('a pod that %s keeps its policy', (_name, fields) => {
  expect(podToWorkloadEndpoint(pod(fields))).toBeDefined()
})

test.each<[string, Fields, string[]]>([
  ['podIPs before podIP', { status: { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.1' }] } }, ['10.0.0.1']],
  ['podIP', { status: { podIP: '10.0.0.1', podIPs: [] } }, ['10.0.0.1']],
  [
    'the annotation with all addresses',
    {
      metadata: {
        annotations: { 'cni.projectcalico.org/podIPs': '10.0.0.1/32, fd00::1/128', [podIP]: '10.0.0.9/32' },
      },
    },
    ['10.0.0.1', 'fd00::1'],
  ],
  ['the annotation with one', { metadata: { annotations: { [podIP]: '10.0.0.1/32' } } }, ['10.0.0.1']],
  [
    'the cloud annotation',
    { metadata: { annotations: { 'vpc.amazonaws.com/pod-ips': '10.0.0.1' } } },
    ['10.0.0.1'],
  ],
  [
    'status before annotations',
    { metadata: { annotations: { [podIP]: '10.0.0.9/32' } }, status: { podIP: '10.0.0.1' } },
    ['10.0.0.1'],
  ],
  ['only what is an address', { status: { podIPs: [{ ip: 'x' }, {}, { ip: '10.0.0.1' }] } }, ['10.0.0.1']],
  ['no prefix of many', { metadata: { annotations: { [podIP]: '10.0.0.0/24' } } }, []],
])('addresses come from %s', (_name, fields, want) => {
  expect(addresses(fields)).toEqual(want)
})

test('interface names are those that other tools derive, and fit', () => {
  expect(interfaceNameOf('default', 'nginx')).toBe('calic440f455693')
  expect(interfaceNameOf('a'.repeat(63), 'b'.repeat(253))).toHaveLength(15)
})
