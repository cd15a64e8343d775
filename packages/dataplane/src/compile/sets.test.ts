import { expect, test } from 'vitest'
import type { NftSet } from '../nft/table.ts'
import { compile, defaultCompileOptions } from './compile.ts'
import { policy, worldWith } from './world.testkit.ts'

test('neighbouring hosts stay single elements of a hash', () => {
  const elements = new Set(['10.65.0.4', '10.65.0.5'])
  expect(setOf(pod('one', '10.65.0.4'), pod('two', '10.65.0.5'))).toMatchObject({ interval: false, elements })
})

test('beside prefixes hosts are merged, so that no two elements overlap', () => {
  const elements = new Set(['10.65.0.4/31', '10.66.0.0/16'])
  const nets = networkSet('10.66.0.0/16', '10.66.7.0/24')
  expect(setOf(pod('one', '10.65.0.4'), pod('two', '10.65.0.5'), nets)).toMatchObject({
    interval: true,
    elements,
  })
})

test('nobody selected is no set', () => {
  expect(setOf()).toBeUndefined()
})

const labels = { peer: 'yes' }

function pod(name: string, ip: string) {
  const metadata = { namespace: 'shop', name, labels }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] }, status: { podIPs: [{ ip }] } }
}

function networkSet(...nets: string[]) {
  const metadata = { namespace: 'shop', name: 'nets', labels }
  return { apiVersion: 'projectcalico.org/v3', kind: 'NetworkSet', metadata, spec: { nets } }
}

/** The only IPv4 set of a world in which pod web takes connections from all that has the label. */
function setOf(...objects: object[]): NftSet | undefined {
  const ingress = [{ action: 'Allow', source: { selector: 'has(peer)' } }]
  const state = worldWith(...objects, policy('from-peers', { selector: "app == 'web'", ingress }))
  const web = [...state.endpoints.values()].filter(({ name }) => name === 'web')
  return compile(state, web, defaultCompileOptions).sets.values().next().value
}
