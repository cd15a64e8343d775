/** Namespace, Pod, ServiceAccount and Node: what networking relies on. */
import { expect, test } from 'vitest'
import { admitted, core, issuePaths, pod } from './examples.testkit.ts'

const container = { name: 'main', image: 'example/web' }

test.each([
  core('Namespace', { name: 'shop' }),
  core(
    'Node',
    { name: 'node-1.example' },
    { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
  ),
  core('ServiceAccount', { name: 'robot.a', namespace: 'shop' }, { secrets: [{ name: 's' }] }),
  pod({ containers: [{ ...container, ports: [{ containerPort: 80, name: 'http' }], env: [{ name: 'A' }] }] }),
  pod(
    { hostNetwork: true, nodeName: 'node-1' },
    { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
  ),
])('%j is accepted', (input) => expect(issuePaths(input)).toEqual([]))

test.each([
  [core('Namespace', { name: 'a.b' }), 'metadata.name'],
  [core('Namespace', { name: 'x'.repeat(64) }), 'metadata.name'],
  [core('Namespace', {}), 'metadata.name'],
  [core('Node', { name: 'Node' }), 'metadata.name'],
  [core('ServiceAccount', { name: 'a_b' }), 'metadata.name'],
  [core('ServiceAccount', { name: 'a', namespace: 'a.b' }), 'metadata.namespace'],
  [core('ServiceAccount', { name: 'a', labels: { 'a b': 'c' } }), 'metadata.labels[a b]'],
  [core('ServiceAccount', { name: 'a', labels: { a: 'c!' } }), 'metadata.labels.a'],
  [core('ServiceAccount', { name: 'a', labels: { a: 5 } }), 'metadata.labels.a'],
  [core('ServiceAccount', { name: 'a', annotations: { 'a b': 'c' } }), 'metadata.annotations[a b]'],
  [core('ServiceAccount', { name: 'a', annotations: { a: 'x'.repeat(256 * 1024) } }), 'metadata.annotations'],
  [core('ServiceAccount', { name: 'a', creationTimestamp: 'today' }), 'metadata.creationTimestamp'],
  [core('ServiceAccount', { name: 'a', label: {} }), 'metadata.label'],
  [core('ServiceAccount', { name: 'a' }, { secret: [] }), 'secret'],
  [pod({ containers: [{ name: 'A' }] }), 'spec.containers[0].name'],
  [pod({ containers: [container], initContainers: [container] }), 'spec.initContainers[0].name'],
  [
    pod({ containers: [{ ...container, ports: [{ containerPort: 0 }] }] }),
    'spec.containers[0].ports[0].containerPort',
  ],
  [
    pod({ containers: [{ ...container, ports: [{ name: 'http' }] }] }),
    'spec.containers[0].ports[0].containerPort',
  ],
  [
    pod({ containers: [{ ...container, ports: [{ containerPort: 80, protocol: 'ICMP' }] }] }),
    'spec.containers[0].ports[0].protocol',
  ],
  [
    pod({ containers: [{ ...container, ports: [{ containerPort: 80, name: 'UPPER' }] }] }),
    'spec.containers[0].ports[0].name',
  ],
  [
    pod({
      containers: [
        { ...container, ports: [80, 81].map((containerPort) => ({ containerPort, name: 'web' })) },
      ],
    }),
    'spec.containers[0].ports[1].name',
  ],
  [pod({ nodeName: 'a b' }), 'spec.nodeName'],
  [pod({ serviceAccountName: 'a b' }), 'spec.serviceAccountName'],
  [pod({}, { podIP: '10.0.0.300' }), 'status.podIP'],
  [pod({}, { podIPs: [{ ip: '10.0.0.1' }, { ip: 'x' }] }), 'status.podIPs[1].ip'],
])('%j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))

test('a namespace carries its name as a label, and nobody can take another', () => {
  const input = core('Namespace', {
    name: 'shop',
    labels: { 'kubernetes.io/metadata.name': 'other', a: 'b' },
  })
  expect(admitted(input)).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'shop', a: 'b' } },
    status: { phase: 'Active' },
  })
})

test.each([
  [{}, 'default'],
  [{ serviceAccountName: '' }, 'default'],
  [{ serviceAccount: 'old' }, 'old'],
  [{ serviceAccountName: 'new', serviceAccount: 'old' }, 'new'],
])('a pod with %j runs as %s', (spec, serviceAccountName) => {
  expect(admitted(pod(spec))).toMatchObject({ spec: { serviceAccountName } })
})

test('ports of containers are TCP by default', () => {
  expect(admitted(pod({ containers: [{ ...container, ports: [{ containerPort: 80 }] }] }))).toMatchObject({
    spec: { containers: [{ ports: [{ containerPort: 80, protocol: 'TCP' }] }] },
  })
})
