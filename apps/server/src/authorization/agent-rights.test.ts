/**
 * What a node's agent may do on a server as it starts, over every kind and every verb: what it needs, and nothing else.
 * Asked by requests with a certificate as `margay kubeconfig node` issues it, not by looking at roles.
 */
import { type KindDefinition, kindDefinitions } from '@margay/resources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCertificateAuthority, issueClientCertificate, type KeyPair } from '../pki/certificates.ts'
import { nodeIdentity } from '../pki/issue-kubeconfig.ts'
import { clusterBinding, clusterRole, group, rbac, rule } from '../testing/rbac.ts'
import { TestServer, testPki } from '../testing/test-server.ts'

let server: TestServer
let node: KeyPair
beforeAll(async () => {
  const validity = { now: new Date(), days: 1 }
  const authority = await createCertificateAuthority(validity)
  node = await issueClientCertificate(authority, nodeIdentity('n1'), validity)
  const pki = await testPki()
  const tls = { ...pki.server, clientCa: `${pki.caCert}${authority.cert}` }
  server = await TestServer.start(undefined, undefined, { tls })
  for (const name of ['n1', 'n2'])
    await server.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } })
})
afterAll(() => server.close())

/** Reads that decide about packets, by `group/plural`; everything else is closed to an agent. */
const read = new Set([
  '/namespaces',
  '/nodes',
  '/pods',
  '/serviceaccounts',
  '/services',
  'discovery.k8s.io/endpointslices',
  'networking.k8s.io/networkpolicies',
  'operator.tigera.io/installations',
  'policy.networking.k8s.io/adminnetworkpolicies',
  'policy.networking.k8s.io/baselineadminnetworkpolicies',
  'policy.networking.k8s.io/clusternetworkpolicies',
  'projectcalico.org/felixconfigurations',
  'projectcalico.org/globalnetworkpolicies',
  'projectcalico.org/globalnetworksets',
  'projectcalico.org/hostendpoints',
  'projectcalico.org/ippools',
  'projectcalico.org/networkpolicies',
  'projectcalico.org/networksets',
  'projectcalico.org/profiles',
  'projectcalico.org/stagedglobalnetworkpolicies',
  'projectcalico.org/stagedkubernetesnetworkpolicies',
  'projectcalico.org/stagednetworkpolicies',
  'projectcalico.org/tiers',
])

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const
type Verb = (typeof verbs)[number]
const isRead = (verb: Verb) => verb === 'get' || verb === 'list' || verb === 'watch'

const methods: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}

function collectionOf(kind: KindDefinition, namespace = 'default'): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  return `${root}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.plural}`
}

/** Whether the agent is let in; what then becomes of the request is not asked. */
async function isLetIn(verb: Verb, collection: string, name: string, sub = '', body: object = {}) {
  if (verb === 'watch') return isWatched(collection)
  const named = verb === 'get' || verb === 'update' || verb === 'patch' || verb === 'delete'
  const path = `${collection}${named ? `/${name}${sub}` : ''}${isRead(verb) ? '' : '?dryRun=All'}`
  const headers = verb === 'patch' ? { 'content-type': 'application/merge-patch+json' } : {}
  const sent = isRead(verb) || verb.startsWith('delete') ? {} : { body }
  const { status } = await server.call(methods[verb], path, { client: node, headers, ...sent })
  return status !== 403
}

async function isWatched(collection: string): Promise<boolean> {
  const watch = await server.watch(`${collection}?watch=1`, {}, { client: node })
  watch.close()
  return watch.response.statusCode !== 403
}

/** All namespaces at once, as the agent reads. */
function whereOf(kind: KindDefinition, verb: Verb): string {
  return verb === 'list' || verb === 'watch'
    ? collectionOf({ ...kind, namespaced: false })
    : collectionOf(kind)
}

/** Complete enough for a policy in a tier, which is refused only when its tier is known. */
const body = { metadata: { name: 'x' }, spec: { selector: 'all()' } }

const cells = kindDefinitions.flatMap((kind) => verbs.map((verb) => ({ kind, verb })))

test('every kind and verb is asked about', () => {
  expect(cells.length).toBe(kindDefinitions.length * 8)
  const known = kindDefinitions.map((kind) => `${kind.group}/${kind.plural}`)
  expect([...read].filter((each) => !known.includes(each))).toEqual([])
})

test('of every kind it may read what it needs, and write nothing', { timeout: 30_000 }, async () => {
  const wrong: string[] = []
  await Promise.all(
    cells.map(async ({ kind, verb }) => {
      const want = isRead(verb) && read.has(`${kind.group}/${kind.plural}`)
      const got = await isLetIn(verb, whereOf(kind, verb), 'x', '', body)
      if (got !== want) wrong.push(`${verb} ${kind.group}/${kind.plural}: ${got ? 'let in' : 'refused'}`)
    }),
  )
  expect(wrong).toEqual([])
})

const nodes = '/api/v1/nodes'
const leases = '/apis/coordination.k8s.io/v1/namespaces/margay-system/leases'
const lease = (name: string) => ({ metadata: { name }, spec: { holderIdentity: name } })

describe('of what belongs to nodes', () => {
  test.each([
    ['update', 'n1', '/status', true],
    ['patch', 'n1', '/status', true],
    ['update', 'n2', '/status', false],
    ['patch', 'n2', '/status', false],
    ['update', 'n1', '', false],
    ['patch', 'n1', '', false],
    ['delete', 'n1', '', false],
    ['create', 'n3', '', false],
  ] as const)('%s of node %s%s: %s', async (verb, name, sub, want) => {
    expect(await isLetIn(verb, nodes, name, sub, { metadata: { name } })).toBe(want)
  })

  test.each([
    ['get', 'n1', true],
    ['create', 'n1', true],
    ['update', 'n1', true],
    ['patch', 'n1', true],
    ['delete', 'n1', false],
    ['get', 'n2', false],
    ['create', 'n2', false],
    ['update', 'n2', false],
    ['patch', 'n2', false],
    ['delete', 'n2', false],
    ['list', '', false],
    ['watch', '', false],
    ['deletecollection', '', false],
  ] as const)('%s of the lease of %s: %s', async (verb, name, want) => {
    expect(await isLetIn(verb, leases, name, '', lease(name))).toBe(want)
  })

  test('a lease elsewhere, as that of the kubelet, is none of its business', async () => {
    await server.post('/api/v1/namespaces', { metadata: { name: 'kube-node-lease' } })
    const elsewhere = leases.replace('margay-system', 'kube-node-lease')
    for (const verb of ['get', 'create', 'update', 'patch'] as const)
      expect([verb, await isLetIn(verb, elsewhere, 'n1', '', lease('n1'))]).toEqual([verb, false])
  })

  test('a lease whose name the server is to make up, or that is applied, is no way around', async () => {
    const body = { metadata: { generateName: 'n' } }
    const made = await server.call('POST', leases, { client: node, body })
    expect([made.status, made.json.message]).toEqual([
      403,
      expect.stringContaining('node "n1" may write nothing in margay-system but its own lease'),
    ])
    const apply = (name: string) =>
      server.call('PATCH', `${leases}/${name}?fieldManager=me`, {
        client: node,
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease(name) },
      })
    expect((await apply('n2')).status).toBe(403)
    expect((await apply('n1')).status).toBe(201)
  })

  test('no role lets it write the lease of another', async () => {
    const all = [rule('*', 'coordination.k8s.io', 'leases')]
    await server.post(`${rbac}/clusterroles`, clusterRole('leases', all))
    await server.post(
      `${rbac}/clusterrolebindings`,
      clusterBinding('leases', 'leases', group('system:nodes')),
    )
    for (const verb of ['create', 'update', 'patch', 'delete'] as const)
      expect([verb, await isLetIn(verb, leases, 'n2', '', lease('n2'))]).toEqual([verb, false])
    await server.delete(`${rbac}/clusterrolebindings/leases`)
  })
})

test.each([
  ['POST', '/api/v1/namespaces/default/serviceaccounts/default/token'],
  ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews'],
  ['POST', '/apis/authentication.k8s.io/v1/tokenreviews'],
  ['PATCH', '/api/v1/namespaces/default/pods/p/status'],
  ['PATCH', '/apis/projectcalico.org/v3/ippools/p/status'],
  ['GET', '/metrics'],
])('%s %s is refused', async (method, path) => {
  const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
  const body = method === 'GET' ? {} : { body: {} }
  expect((await server.call(method, path, { client: node, headers, ...body })).status).toBe(403)
})

test('it may act as nobody else', async () => {
  const headers = { 'impersonate-user': 'system:node:n2', 'impersonate-group': 'system:nodes' }
  expect((await server.call('GET', '/api/v1/pods', { client: node, headers })).status).toBe(403)
})
