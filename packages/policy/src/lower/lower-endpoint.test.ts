/** What pods have in common is one object, and what differs in anything is not. */
import { interfaceNameOf } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { account, namespace, pod } from '../reference/cases/objects.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'

const http = (containerPort: number, protocol = 'TCP') => ({
  spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort, protocol }] }] },
})
const labels = { app: 'web' }

function endpointsOf(...objects: Parameters<typeof admitAll>[0]) {
  return [...buildPolicyState(admitAll(objects)).state.endpoints.values()]
}

test('replicas share labels, ports and profiles, and have addresses of their own', () => {
  const [one, other] = endpointsOf(
    namespace('shop', { team: 'a' }),
    pod('shop', 'web-1', { labels, ips: ['10.0.0.1'], ...http(80) }),
    pod('shop', 'web-2', { labels, ips: ['10.0.0.2'], ...http(80) }),
  )
  expect(other?.labels).toBe(one?.labels)
  expect(other?.ports).toBe(one?.ports)
  expect(other?.profiles).toBe(one?.profiles)
  expect(one?.addresses).not.toEqual(other?.addresses)
  expect(one?.labels.get('pcns.team')).toBe('a')
})

test.each([
  ['another port', http(81)],
  ['another protocol', http(80, 'UDP')],
])('%s of the same name is another', (_, fields) => {
  const [one, other] = endpointsOf(pod('shop', 'a', http(80)), pod('shop', 'b', fields))
  expect(other?.ports).not.toEqual(one?.ports)
})

test('the same labels in another namespace, or of another service account, are others', () => {
  const all = endpointsOf(
    namespace('shop'),
    account('shop', 'seller', { trusted: 'yes' }),
    pod('shop', 'a', { labels }),
    pod('shop', 'b', { labels, spec: { containers: [], serviceAccountName: 'seller' } }),
    pod('bank', 'a', { labels }),
  )
  const lines = all.map((it) => JSON.stringify([...it.labels]))
  expect(new Set(lines).size).toBe(3)
  expect(all.map((it) => it.labels.get('pcsa.trusted'))).toEqual([undefined, 'yes', undefined])
  expect(all.map(({ profiles }) => profiles.map(({ action }) => action))).toEqual([
    ['Allow', 'None'],
    ['Allow', 'None'],
    ['Deny', 'None'],
  ])
})

test('what a namespace gives is as it is now, though pods said the same before', () => {
  const inTeam = (team: string) => endpointsOf(namespace('shop', { team }), pod('shop', 'a', { labels }))
  expect([inTeam('a'), inTeam('b')].map(([it]) => it?.labels.get('pcns.team'))).toEqual(['a', 'b'])
  const [orphan] = endpointsOf(pod('shop', 'a', { labels }))
  expect(orphan?.profiles[0]?.action).toBe('Deny')
})

test('an endpoint names its interface when asked, always alike', () => {
  const [endpoint] = endpointsOf(pod('shop', 'a', {}))
  expect(endpoint?.interfaceName).toBe(interfaceNameOf('shop', 'a'))
  expect(endpoint?.interfaceName).toBe(endpoint?.interfaceName)
})

test('a network set has names of domains, each once; what is none is left out', () => {
  const spec = { allowedEgressDomains: ['b.com', '*.A.com', 'B.com', '*.*'] }
  const sets = [
    { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkSet', metadata: { name: 'all' }, spec },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkSet',
      metadata: { name: 'own', namespace: 'shop' },
      spec,
    },
  ] as Parameters<typeof buildPolicyState>[0]
  const { networkSets } = buildPolicyState(sets).state
  expect(networkSets.map(({ domains }) => domains.map(({ text }) => text))).toEqual([
    ['*.a.com', 'b.com'],
    ['*.a.com', 'b.com'],
  ])
})
