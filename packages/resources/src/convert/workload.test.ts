import { expect, test } from 'vitest'
import { admit } from '../kinds/admit.ts'
import type { Namespace } from '../kinds/namespace/schema.ts'
import type { ResourceObject } from '../kinds/resource.ts'
import type { ServiceAccount } from '../kinds/service-account/schema.ts'
import { namespaceProfileLabels, serviceAccountProfileLabels } from './profile-labels.ts'
import { workloadToPod } from './workload.ts'

const template = {
  metadata: { name: 'ignored', labels: { app: 'web' }, annotations: { note: 'x' } },
  spec: {
    serviceAccountName: 'seller',
    containers: [{ name: 'c', image: 'web:1', ports: [{ name: 'http', containerPort: 80 }] }],
  },
}

const workload = (apiVersion: string, kind: string, spec: unknown): ResourceObject => ({
  apiVersion,
  kind,
  metadata: { name: 'web', namespace: 'shop', labels: { own: 'label' } },
  spec,
})

test.each([
  ['apps/v1', 'Deployment', { replicas: 2, template }],
  ['apps/v1', 'ReplicaSet', { template }],
  ['apps/v1', 'StatefulSet', { template }],
  ['apps/v1', 'DaemonSet', { template }],
  ['apps/v1beta1', 'Deployment', { template }],
  ['batch/v1', 'Job', { template }],
  ['batch/v1', 'CronJob', { schedule: '* * * * *', jobTemplate: { spec: { template } } }],
  ['v1', 'ReplicationController', { template }],
])('%s %s stands for a pod of its name', (apiVersion, kind, spec) => {
  const pod = workloadToPod(workload(apiVersion, kind, spec))
  expect(pod).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { note: 'x' } },
    spec: template.spec,
  })
  expect(admit(pod)).toMatchObject({ ok: true })
})

test.each([
  ['v1', 'Pod', template.spec],
  ['v1', 'Deployment', { template }],
  ['example.com/v1', 'Deployment', { template }],
  ['apps/v1', 'Deployment', {}],
  ['apps/v1', 'Deployment', undefined],
  ['apps/v1', 'Deployment', { template: 'text' }],
  ['apps/v1', 'Deployment', { template: [template] }],
  ['batch/v1', 'CronJob', { template }],
])('%s %s with %j does not', (apiVersion, kind, spec) => {
  expect(workloadToPod(workload(apiVersion, kind, spec))).toBeUndefined()
})

test('a template without metadata makes a pod without labels', () => {
  const pod = workloadToPod(workload('apps/v1', 'Deployment', { template: { spec: {} } }))
  expect(pod?.metadata).toEqual({ name: 'web', namespace: 'shop' })
})

test('endpoints inherit the labels and the name of their namespace', () => {
  const namespace: Namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { team: 'a', 'kubernetes.io/metadata.name': 'forged' } },
  }
  expect(namespaceProfileLabels(namespace)).toEqual({
    'pcns.team': 'a',
    'pcns.kubernetes.io/metadata.name': 'shop',
    'pcns.projectcalico.org/name': 'shop',
  })
})

test('endpoints inherit the labels and the name of their service account', () => {
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'seller', namespace: 'shop', labels: { role: 'a' } },
  }
  expect(serviceAccountProfileLabels(account)).toEqual({
    'pcsa.role': 'a',
    'pcsa.projectcalico.org/name': 'seller',
  })
})
