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

/**
 * Complete enough for what is refused only when the object is known: a policy in a tier when its tier is, a new event when its name is.
 * That one is not refused at the door, where it has no name.
 */
const body = {
  metadata: { name: 'x' },
  spec: { selector: 'all()' },
  involvedObject: { kind: 'Node', name: 'n1' },
}

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
    ['get', 'n1', '/status', true],
    ['get', 'n2', '/status', false],
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

describe('of annotations of nodes', () => {
  const own = {
    'projectcalico.org/WireguardPublicKey': 'a',
    'projectcalico.org/WireguardPublicKeyV6': 'b',
    'projectcalico.org/IPv4WireguardInterfaceAddr': '10.65.0.1',
    'projectcalico.org/IPv6WireguardInterfaceAddr': 'fd00::1',
    'margay.io/encryption': 'Wireguard',
    'margay.io/encryption-status': '{}',
  }
  const mergePatch = { 'content-type': 'application/merge-patch+json' }
  const patch = (
    name: string,
    metadata: object,
    sub = '/status',
    client: { client?: KeyPair } = { client: node },
  ) =>
    server.call('PATCH', `${nodes}/${name}${sub}`, {
      ...client,
      headers: mergePatch,
      body: { metadata },
    })
  const metadataOf = async (name: string) => (await server.get(`${nodes}/${name}`)).json.metadata

  test('its own say how it encrypts, and it takes them back', async () => {
    const written = await patch('n1', { annotations: own })
    expect([written.status, written.json.metadata.annotations]).toEqual([200, own])
    const emptied = Object.fromEntries(Object.keys(own).map((name) => [name, null]))
    expect((await patch('n1', { annotations: emptied })).status).toBe(200)
    expect(await metadataOf('n1')).not.toHaveProperty('annotations')
  })

  test.each(Object.entries(own))("it can't set %s of another node", async (name, value) => {
    expect((await patch('n2', { annotations: { [name]: value } })).status).toBe(403)
    expect(await metadataOf('n2')).not.toHaveProperty('annotations')
  })

  test.each([
    'projectcalico.org/IPv4Address',
    'projectcalico.org/IPv6Address',
    'margay.io/wireguard-rotate',
    'example.com/note',
    'projectcalico.org/WireguardPublicKeys',
    'margay.io/encryptio',
    'x.margay.io/encryption',
  ])("it can't set %s of itself, nor beside what it may", async (name) => {
    for (const annotations of [{ [name]: 'x' }, { ...own, [name]: 'x' }]) {
      const { status, json } = await patch('n1', { annotations })
      expect([status, json.message]).toEqual([
        403,
        expect.stringContaining(
          `node "n1" may write no annotation but those of its encryption, and not "${name}"`,
        ),
      ])
    }
    expect(await metadataOf('n1')).not.toHaveProperty('annotations')
  })

  test('what others wrote there it neither changes nor takes away, whichever way it writes', async () => {
    const [rotate, key] = ['margay.io/wireguard-rotate', 'projectcalico.org/WireguardPublicKey']
    await server.call('PATCH', `${nodes}/n1`, {
      headers: mergePatch,
      body: { metadata: { annotations: { [rotate]: '2026-08-01T00:00:00Z' } } },
    })
    expect((await patch('n1', { annotations: { [rotate]: null } })).status).toBe(403)
    expect((await patch('n1', { annotations: { [rotate]: 'x', [key]: 'a' } })).status).toBe(403)
    expect((await patch('n1', { annotations: null })).status).toBe(403)
    const put = (annotations: object) =>
      server.call('PUT', `${nodes}/n1/status`, {
        client: node,
        body: { metadata: { name: 'n1', annotations } },
      })
    expect((await put({ [key]: 'a' })).status).toBe(403)
    expect((await put({ [rotate]: '2026-08-01T00:00:00Z', [key]: 'a' })).status).toBe(200)
    const applied = (annotations: object) =>
      server.call('PATCH', `${nodes}/n1/status?fieldManager=me&force=true`, {
        client: node,
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', annotations } },
      })
    expect((await applied({ [rotate]: 'now' })).status).toBe(403)
    expect((await applied({ [key]: 'c' })).status).toBe(200)
    const { annotations } = await metadataOf('n1')
    expect(annotations).toEqual({ [rotate]: '2026-08-01T00:00:00Z', [key]: 'c' })
    await server.call('PATCH', `${nodes}/n1`, {
      headers: mergePatch,
      body: { metadata: { annotations: null } },
    })
  })

  test('labels, and what else metadata has, are left as they are', async () => {
    const { status } = await patch('n1', { labels: { zone: 'a' }, finalizers: ['example.com/x'] })
    expect(status).toBe(200)
    expect(await metadataOf('n1')).not.toHaveProperty('labels')
    expect(await metadataOf('n1')).not.toHaveProperty('finalizers')
  })

  test('no role lets it write others', async () => {
    const all = [rule('*', '', 'nodes', 'nodes/status')]
    await server.post(`${rbac}/clusterroles`, clusterRole('all-nodes', all))
    await server.post(
      `${rbac}/clusterrolebindings`,
      clusterBinding('all-nodes', 'all-nodes', group('system:nodes')),
    )
    expect((await patch('n1', { annotations: { 'example.com/note': 'x' } })).status).toBe(403)
    expect((await patch('n1', { annotations: own }, '')).status).toBe(403)
    expect((await patch('n2', { annotations: own })).status).toBe(403)
    await server.delete(`${rbac}/clusterrolebindings/all-nodes`)
  })

  test('whoever is no node writes any of them with the status', async () => {
    const annotations = { 'example.com/note': 'x' }
    const written = await patch('n2', { annotations }, '/status', {})
    expect(written.json.metadata.annotations).toEqual(annotations)
    await patch('n2', { annotations: null }, '/status', {})
  })
})

describe('of secrets', () => {
  const secretsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`
  const secrets = secretsIn('margay-system')
  const secret = (name: string) => ({ metadata: { name }, stringData: { key: 'x' } })
  const every = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const

  test.each([
    ['create', 'wireguard-n1', true],
    ['get', 'wireguard-n1', true],
    ['update', 'wireguard-n1', true],
    ['patch', 'wireguard-n1', true],
    ['delete', 'wireguard-n1', true],
    ['list', '', false],
    ['watch', '', false],
    ['deletecollection', '', false],
  ] as const)('%s of its own keys %s: %s', async (verb, name, want) => {
    expect(await isLetIn(verb, secrets, name, '', secret(name))).toBe(want)
  })

  test.each(['wireguard-n2', 'wireguard-n11', 'n1', 'wireguard-n1.key'])('nothing of %s', async (name) => {
    for (const verb of every)
      expect([verb, await isLetIn(verb, secrets, name, '', secret(name))]).toEqual([verb, false])
  })

  test('nothing of one of that name elsewhere', async () => {
    for (const verb of every) {
      const isIn = await isLetIn(verb, secretsIn('default'), 'wireguard-n1', '', secret('wireguard-n1'))
      expect([verb, isIn]).toEqual([verb, false])
    }
    expect(await isLetIn('list', '/api/v1/secrets', '')).toBe(false)
  })

  test('a name that the server is to make up is no way around', async () => {
    const body = { metadata: { generateName: 'wireguard-' } }
    const { status, json } = await server.call('POST', secrets, { client: node, body })
    expect([status, json.message]).toEqual([
      403,
      expect.stringContaining('node "n1" may use no secret in margay-system but its own, "wireguard-n1"'),
    ])
  })

  test('it keeps its keys there; no role lets it see those of another', async () => {
    expect((await server.call('POST', secrets, { client: node, body: secret('wireguard-n1') })).status).toBe(
      201,
    )
    await server.post(secrets, secret('wireguard-n2'))
    await server.post(`${rbac}/clusterroles`, clusterRole('secrets', [rule('*', '', 'secrets')]))
    await server.post(
      `${rbac}/clusterrolebindings`,
      clusterBinding('secrets', 'secrets', group('system:nodes')),
    )
    const got = await server.call('GET', `${secrets}/wireguard-n1`, { client: node })
    expect(got.json.data).toEqual({ key: 'eA==' })
    for (const verb of every)
      expect([verb, await isLetIn(verb, secrets, 'wireguard-n2', '', secret('wireguard-n2'))]).toEqual([
        verb,
        false,
      ])
    await server.delete(`${rbac}/clusterrolebindings/secrets`)
    expect((await server.get(`${secrets}/wireguard-n1`)).status).toBe(200)
  })
})

describe('of events', () => {
  const eventsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/events`
  const events = eventsIn('default')
  const ofNode = (name: string) => ({ kind: 'Node', name })
  const event = (name: string, involvedObject: object = ofNode('n1')) => ({
    metadata: { name },
    involvedObject,
    reason: 'WireguardProblem',
  })
  const create = (body: object, collection = events) =>
    server.call('POST', `${collection}?dryRun=All`, { client: node, body })
  const own = 'n1.wireguardproblem'
  const patchOwn = (body: object) =>
    server.call('PATCH', `${events}/${own}`, {
      client: node,
      headers: { 'content-type': 'application/merge-patch+json' },
      body,
    })

  test.each([
    ['get', own, true],
    ['create', own, true],
    ['patch', own, true],
    ['update', own, false],
    ['delete', own, false],
    ['list', '', false],
    ['watch', '', false],
    ['deletecollection', '', false],
  ] as const)('%s of its own %s: %s', async (verb, name, want) => {
    expect(await isLetIn(verb, events, name, '', event(name))).toBe(want)
  })

  test.each(['n2.wireguardproblem', 'n11.wireguardproblem', 'n1', 'n1x', 'n1.x.wireguardproblem', 'n1.17ab'])(
    'none that is called %s',
    async (name) => {
      for (const verb of ['get', 'create', 'update', 'patch', 'delete'] as const)
        expect([verb, await isLetIn(verb, events, name, '', event(name))]).toEqual([verb, false])
    },
  )

  test('none in another namespace', async () => {
    await server.post('/api/v1/namespaces', { metadata: { name: 'elsewhere' } })
    for (const verb of ['get', 'create', 'patch'] as const)
      expect([verb, await isLetIn(verb, eventsIn('elsewhere'), own, '', event(own))]).toEqual([verb, false])
  })

  test.each([
    ofNode('n2'),
    { kind: 'Pod', name: 'n1' },
    { kind: 'Pod', namespace: 'default', name: 'n1' },
    { ...ofNode('n1'), namespace: 'default' },
    { kind: 'Node' },
    {},
  ])('none about %j', async (involvedObject) => {
    const { status, json } = await create(event(own, involvedObject))
    expect([status, json.message]).toEqual([
      403,
      expect.stringContaining('node "n1" may tell events about itself alone'),
    ])
  })

  test.each(['n1.wireguard', 'n1.', 'n', 'x'])('no name that the server makes up from %s', async (prefix) => {
    const metadata = { generateName: prefix }
    // What it makes up has digits most often, but need not.
    for (let n = 0; n < 20; n++) expect((await create({ ...event(''), metadata })).status).toBe(403)
    expect((await create({ ...event(own), metadata: { ...metadata, name: own } })).status).toBe(403)
  })

  test('it counts on in its own, and makes it one about nothing else', async () => {
    expect((await server.call('POST', events, { client: node, body: event(own) })).status).toBe(201)
    const counted = await patchOwn({ count: 2 })
    expect([counted.status, counted.json.count]).toEqual([200, 2])
    expect((await patchOwn({ involvedObject: ofNode('n2') })).status).toBe(403)
    expect((await patchOwn({ involvedObject: { kind: 'Pod' } })).status).toBe(403)
    expect((await server.get(`${events}/${own}`)).json.involvedObject).toEqual(ofNode('n1'))
  })

  test('one that is applied is no way around', async () => {
    const apply = (name: string, involvedObject: object) =>
      server.call('PATCH', `${events}/${name}?fieldManager=me&dryRun=All`, {
        client: node,
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { apiVersion: 'v1', kind: 'Event', ...event(name, involvedObject) },
      })
    expect((await apply('n2.applied', ofNode('n1'))).status).toBe(403)
    expect((await apply('n1.applied', ofNode('n2'))).status).toBe(403)
    expect((await apply('n1.applied', ofNode('n1'))).status).toBe(201)
  })

  test('roles permit others, as those of a kubelet, but none about others under its own name', async () => {
    await server.post(`${rbac}/clusterroles`, clusterRole('events', [rule('create patch', '', 'events')]))
    await server.post(
      `${rbac}/clusterrolebindings`,
      clusterBinding('events', 'events', group('system:nodes')),
    )
    const pod = { kind: 'Pod', namespace: 'default', name: 'web' }
    expect((await create(event('web.17ab', pod))).status).toBe(201)
    expect((await create(event(own, pod))).status).toBe(403)
    await server.delete(`${rbac}/clusterrolebindings/events`)
    expect((await create(event('web.17ab', pod))).status).toBe(403)
  })

  test('whoever is no node may write them under any name', async () => {
    expect((await server.post(`${events}?dryRun=All`, event('n1.other', ofNode('n2')))).status).toBe(201)
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
