import { parseIp } from '@margay/netset'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import type { Flow } from '../../model/flow.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import { smallestChanges } from './smallest-change.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'db', namespace: 'shop', labels: { app: 'db' } },
  spec: { containers: [] },
  status: { podIPs: [{ ip: '10.65.0.1' }] },
}
const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
const policy = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { name: 'db', namespace: 'shop' },
  spec: {
    selector: 'all()',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', source: { nets: ['198.51.100.0/24'] } }],
  },
}

function fromOutside(address: string): { resources: ReturnType<typeof admitAll>; flow: Flow } {
  const resources = admitAll([space, pod, policy])
  const { state } = buildPolicyState(resources)
  const source = { endpoint: undefined, address: parseIp(address) }
  const destination = state.peer('shop/db') ?? expect.fail()
  const ports = { sourcePort: 40_000, destinationPort: 5432 }
  return { resources, flow: { source, destination, ipVersion: 4, protocol: 6, ...ports, icmp: undefined } }
}

test('a rule less that shuts out a whole network does more to others than one more about one address', () => {
  const { resources, flow } = fromOutside('198.51.100.7')
  const proposals = smallestChanges(resources, flow)
  const effects = proposals.map(({ changes, effect }) => [changes[0]?.kind, effect.others])
  expect(effects[0]).toEqual(['AddRule', 0])
  expect(effects).toContainEqual(['RemoveRule', 1])
})

test('what is asked about counts as itself, not as another', () => {
  const { resources, flow } = fromOutside('203.0.113.9')
  const [best] = smallestChanges(resources, flow)
  expect(best?.changes.map(({ kind }) => kind)).toEqual(['AddRule'])
  expect(best?.effect).toMatchObject({ others: 0, elsewhere: 0, isComplete: true })
})

test('in a large cluster all connections of the few workloads that a change concerns are counted', () => {
  const crowd = Array.from({ length: 6000 }, (_, i) => ({
    ...pod,
    metadata: { name: `web-${i}`, namespace: 'shop', labels: { app: 'web' } },
    status: { podIPs: [{ ip: `10.66.${i >> 8}.${i & 255}` }] },
  }))
  const guarded = { ...policy, spec: { ...policy.spec, selector: "app == 'db'" } }
  const resources = admitAll([space, pod, ...crowd, guarded])
  const { state } = buildPolicyState(resources)
  const [source, destination] = [state.peer('shop/web-5999'), state.peer('shop/db')]
  if (source === undefined || destination === undefined) expect.fail()
  const ports = { sourcePort: 40_000, destinationPort: 5432 }
  const flow: Flow = { source, destination, ipVersion: 4, protocol: 6, ...ports, icmp: undefined }
  const effects = smallestChanges(resources, flow).map(({ changes, effect }) => [changes[0]?.kind, effect])
  // All that the policy kept from it: the 5,999 others, and what is outside.
  const gone = { others: 6000, elsewhere: 6001, asked: 11_999, isComplete: true }
  expect(effects).toContainEqual(['RemovePolicy', gone])
})
