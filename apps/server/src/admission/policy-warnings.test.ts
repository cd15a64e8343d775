import { afterAll, beforeAll, expect, test } from 'vitest'
import { globalSet, inDefault, pod, policy, v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const warningsOf = async (spec: object, path = `${inDefault}/networkpolicies`): Promise<string> => {
  const body = { ...(policy('a', spec) as object), spec }
  const { status, headers } = await server.post(`${path}?dryRun=All`, body)
  expect(status).toBe(201)
  return String(headers.warning ?? '')
}

test('a rule that can never match is told, and stored all the same', async () => {
  const spec = { ingress: [{ action: 'Allow' }, { action: 'Deny', protocol: 'TCP' }] }
  expect(await warningsOf(spec)).toContain('299 - "spec.ingress[1] can never match')
})

test('a selector that contradicts itself is told', async () => {
  expect(await warningsOf({ selector: "a == 'x' && a == 'y'" })).toContain('spec.selector contradicts itself')
})

test('a policy that selects nobody is told once there are pods', async () => {
  const spec = { selector: "app == 'nobody'" }
  expect(await warningsOf(spec)).toBe('')
  await server.post('/api/v1/namespaces/default/pods', pod('web', 'default'))
  const status = { podIPs: [{ ip: '10.0.0.1' }], phase: 'Running' }
  await server.patch('/api/v1/namespaces/default/pods/web/status', 'merge', { status })
  expect(await warningsOf(spec)).toContain('selects none of the 1 pods in namespace default')
  expect(await warningsOf({ selector: 'all()' })).toBe('')
})

const ofCluster = (version: string, kind: string, spec: object) => ({
  apiVersion: `policy.networking.k8s.io/${version}`,
  kind,
  metadata: { name: 'default' },
  spec: { subject: { namespaces: {} }, ...spec },
})

const all = { matchLabels: {}, matchExpressions: [] }
const nobody = { matchLabels: { app: 'nobody' } }
const contradiction = { matchLabels: { a: 'x' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }
const kubernetes = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'w', namespace: 'default' },
  spec,
})
const staged = (kind: string, spec: object, metadata: object = { namespace: 'default' }) => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: { name: 'w', ...metadata },
  spec,
})
const selectsNone = /selects none of the 1 pods/

/** Those of Calico had warnings from the start; these had none. */
test.each([
  ['networkpolicies', kubernetes({ podSelector: nobody }), kubernetes({ podSelector: all })],
  [
    'stagedkubernetesnetworkpolicies',
    staged('StagedKubernetesNetworkPolicy', { podSelector: nobody }),
    staged('StagedKubernetesNetworkPolicy', { podSelector: all }),
  ],
  [
    'stagednetworkpolicies',
    staged('StagedNetworkPolicy', { selector: "app == 'nobody'" }),
    staged('StagedNetworkPolicy', { stagedAction: 'Delete' }),
  ],
  [
    'stagedglobalnetworkpolicies',
    staged('StagedGlobalNetworkPolicy', { selector: "app == 'nobody'" }, {}),
    staged('StagedGlobalNetworkPolicy', { selector: 'all()' }, {}),
  ],
  [
    'clusternetworkpolicies',
    ofCluster('v1alpha2', 'ClusterNetworkPolicy', {
      tier: 'Admin',
      priority: 1,
      subject: { pods: { namespaceSelector: {}, podSelector: nobody } },
    }),
    ofCluster('v1alpha2', 'ClusterNetworkPolicy', { tier: 'Admin', priority: 1 }),
  ],
  [
    'adminnetworkpolicies',
    ofCluster('v1alpha1', 'AdminNetworkPolicy', { priority: 1, subject: { pods: { podSelector: nobody } } }),
    ofCluster('v1alpha1', 'AdminNetworkPolicy', { priority: 1 }),
  ],
  [
    'baselineadminnetworkpolicies',
    ofCluster('v1alpha1', 'BaselineAdminNetworkPolicy', { subject: { pods: { podSelector: nobody } } }),
    ofCluster('v1alpha1', 'BaselineAdminNetworkPolicy', {}),
  ],
])('one of %s that selects nobody is told', async (plural, suspicious, ordinary) => {
  const { apiVersion, metadata } = suspicious
  const place = 'namespace' in metadata ? '/namespaces/default' : ''
  const path = `/apis/${apiVersion}${place}/${plural}?dryRun=All`
  const suspected = await server.post(path, suspicious)
  expect(suspected).toMatchObject({ status: 201, headers: { warning: expect.stringMatching(selectsNone) } })
  const { status, headers } = await server.post(path, ordinary)
  expect([status, headers.warning]).toEqual([201, undefined])
})

test('a policy of Kubernetes that contradicts itself is told', async () => {
  const path = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies?dryRun=All'
  const { headers } = await server.post(path, kubernetes({ podSelector: contradiction }))
  expect(headers.warning).toContain('spec.podSelector contradicts itself and selects nothing')
})

test('a policy for interfaces of hosts need not select pods', async () => {
  const path = `${v3}/globalnetworkpolicies?dryRun=All`
  const forHosts = staged('GlobalNetworkPolicy', { selector: "kind == 'host'" }, {})
  expect((await server.post(path, forHosts)).headers.warning).toMatch(selectsNone)
  const metadata = { name: 'eth0', labels: { kind: 'host' } }
  const spec = { node: 'n', interfaceName: 'eth0' }
  const host = { apiVersion: 'projectcalico.org/v3', kind: 'HostEndpoint', metadata, spec }
  expect((await server.post(`${v3}/hostendpoints`, host)).status).toBe(201)
  expect((await server.post(path, forHosts)).headers.warning).toBeUndefined()
})

test('other kinds have no such warnings', async () => {
  const { headers } = await server.post(`${v3}/globalnetworksets`, globalSet('a'))
  expect(headers.warning).toBeUndefined()
})
