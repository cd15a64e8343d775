import { buildPolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { nodeWorkloads } from './node-workloads.ts'

const pod = (name: string, nodeName: string, ip: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'shop',
    name,
    annotations: { 'cni.projectcalico.org/allowedSourcePrefixes': '["192.0.2.0/24"]' },
  },
  spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIPs: [{ ip }, { ip: 'fd00::1' }] },
})
const felix = (spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'FelixConfiguration',
  metadata: { name: 'default' },
  spec,
})
const namespace: ResourceObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }

function workloadsOf(...objects: readonly ResourceObject[]) {
  const world = [namespace, pod('web', 'n1', '10.0.0.1'), pod('far', 'n2', '10.0.0.2'), ...objects]
  const { state } = buildPolicyState(admitAll(world))
  const local = [...state.endpoints.values()].filter(({ node }) => node === 'n1')
  return nodeWorkloads(local, state.settingsOf('n1'))
}

test('the pods of the node, with their addresses as text', () => {
  const { endpoints, interfacePrefixes } = workloadsOf()
  expect(interfacePrefixes).toEqual(['cali'])
  expect(endpoints).toMatchObject([{ key: 'shop/web', addresses: ['10.0.0.1', 'fd00::1'] }])
})

test('further source prefixes count only where the cluster grants them', () => {
  const granted = workloadsOf(felix({ workloadSourceSpoofing: 'Any' }))
  expect(granted.endpoints[0]?.allowedSourcePrefixes).toEqual(['192.0.2.0/24'])
  expect(workloadsOf().endpoints[0]?.allowedSourcePrefixes).toEqual([])
})

test('the names of interfaces are those that the cluster’s settings tell', () => {
  const { interfacePrefixes } = workloadsOf(felix({ interfacePrefix: 'cali,tap' }))
  expect(interfacePrefixes).toEqual(['cali', 'tap'])
})

test('forwarding and foreign routes are left alone where the cluster’s settings say so', () => {
  expect(workloadsOf()).toMatchObject({ forwards: true, removesExternalRoutes: true })
  const left = workloadsOf(felix({ ipForwarding: 'Disabled', removeExternalRoutes: false }))
  expect(left).toMatchObject({ forwards: false, removesExternalRoutes: false })
})
