import { MemoryStore, type Store } from '@margay/storage'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pod, policy, v3 } from '../../testing/objects.ts'
import { type Answer, TestServer } from '../../testing/test-server.ts'

const assertions = '/apis/policy.margay.io/v1alpha1/networkassertions'
const policies = `${v3}/namespaces/default/networkpolicies`
const pods = '/api/v1/namespaces/default/pods'
const db = { selector: "app == 'db'" }
const web = { selector: "app == 'web'" }

let store: Store
let server: TestServer
beforeEach(async () => {
  store = new MemoryStore()
  server = await TestServer.start(store)
  await addPod('web', '10.0.0.1')
  await addPod('db', '10.0.0.2')
})
afterEach(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const labelled = (name: string, app: string) => {
  const { metadata, ...rest } = pod(name, 'default') as { metadata: object }
  return { ...rest, metadata: { ...metadata, labels: { app } } }
}

async function addPod(name: string, ip: string, app = name): Promise<void> {
  expect((await server.post(pods, labelled(name, app))).status).toBe(201)
  const status = { podIP: ip, podIPs: [{ ip }], phase: 'Running' }
  expect((await server.patch(`${pods}/${name}/status`, 'merge', { status })).status).toBe(200)
}

const assertion = (spec: object, name = 'a') => ({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name },
  spec: { require: 'never', from: web, to: db, mode: 'Enforce', ...spec },
})
const closed = { selector: "app == 'db'", types: ['Ingress'] }
const open = { ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [5432] } }] }

async function made(answer: Promise<Answer>): Promise<void> {
  const { status, json } = await answer
  expect([status, json.message]).toEqual([201, undefined])
}

/** A database that nobody reaches, and that it must stay so. */
async function closedDatabase(spec: object = {}): Promise<void> {
  await made(server.post(policies, policy('db', closed)))
  await made(server.post(assertions, assertion(spec)))
}

const broken =
  'it would break the assertion a: default/web → default/db TCP 5432 would be possible, and must never be'

describe('a write that would break an assertion is refused with the packet', () => {
  test('an update, a patch, and one that is only tried', async () => {
    await closedDatabase({ description: 'Ask Ann before.' })
    const { json: stored } = await server.get(`${policies}/db`)
    for (const query of ['', '?dryRun=All']) {
      const update = await server.put(`${policies}/db${query}`, { ...stored, spec: { ...closed, ...open } })
      expect(update).toMatchObject({ status: 403, json: { reason: 'Forbidden', details: { name: 'db' } } })
      expect(update.json.message).toBe(
        `networkpolicies.projectcalico.org "db" is forbidden: ${broken} (Egress of default/web: profile kns.default: Allow; ` +
          'Ingress of default/db: tier default, np:default/db rule 0: Allow). Ask Ann before.',
      )
      expect((await server.patch(`${policies}/db${query}`, 'merge', { spec: open })).status).toBe(403)
    }
    expect((await server.get(`${policies}/db`)).json).toEqual(stored)
  })

  test('the request that it would let through, of an assertion about requests', async () => {
    const reading = (...methods: string[]) => [{ ...open.ingress[0], http: { methods } }]
    await made(server.post(policies, policy('db', { ...closed, ingress: reading('GET') })))
    await made(server.post(assertions, assertion({ http: { methods: ['PUT', 'DELETE'] } })))
    const spec = { ingress: reading('GET', 'DELETE') }
    const { status, json } = await server.patch(`${policies}/db`, 'merge', { spec })
    expect(status).toBe(403)
    expect(json.message).toContain(
      'it would break the assertion a: default/web → default/db TCP 5432 DELETE / would be possible, and must never be',
    )
    expect(
      (await server.patch(`${policies}/db`, 'merge', { spec: { ingress: reading('POST') } })).status,
    ).toBe(200)
  })

  test('a write after which it could not be told any more', async () => {
    const asking = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...open.ingress[0],
        http: { methods: ['GET'], headers: [{ header: `X-${i}`, operator: 'Exists' }] },
      }))
    await made(server.post(policies, policy('db', { ...closed, ingress: asking(2) })))
    await made(server.post(assertions, assertion({ require: 'never', http: { methods: ['PUT'] } })))
    const many = { ingress: asking(14).map((it) => ({ ...it, http: { headers: it.http.headers } })) }
    const { status, json } = await server.patch(`${policies}/db`, 'merge', { spec: many })
    expect(status).toBe(403)
    expect(json.message).toContain(
      "it would leave open the assertion a: it can't be told whether it holds: rules with http for one receiver tell more than 4,096 kinds",
    )
    expect((await server.patch(`${policies}/db`, 'merge', { spec: { ingress: asking(14) } })).status).toBe(
      200,
    )
  })

  test('an assertion of which it can not be told is not taken', async () => {
    const ingress = Array.from({ length: 14 }, (_, i) => ({
      ...open.ingress[0],
      http: { headers: [{ header: `X-${i}`, operator: 'Exists' }] },
    }))
    await made(server.post(policies, policy('db', { ...closed, ingress })))
    const about = (mode: string) => assertion({ mode, http: { methods: ['PUT'] } })
    const refused = await server.post(assertions, about('Enforce'))
    expect([refused.status, refused.json.message]).toEqual([
      403,
      expect.stringContaining("it can't be told whether it holds"),
    ])
    expect((await server.post(assertions, about('Audit'))).status).toBe(201)
  })

  test('a policy of host endpoints, of an assertion about nodes', async () => {
    const global = (kind: string, name: string, spec: object) => ({
      apiVersion: 'projectcalico.org/v3',
      kind,
      metadata: { name, labels: { role: 'node' } },
      spec,
    })
    const host = { node: 'n1', interfaceName: 'eth0', expectedIPs: ['192.0.2.1'] }
    await made(server.post(`${v3}/hostendpoints`, global('HostEndpoint', 'n1-eth0', host)))
    await made(
      server.post(
        assertions,
        assertion({ to: { hostEndpoints: true }, ports: [{ protocol: 'TCP', port: 9100 }] }),
      ),
    )
    const ingress = [{ action: 'Allow', protocol: 'TCP', destination: { ports: [9100] } }]
    const nodes = global('GlobalNetworkPolicy', 'nodes', { selector: "role == 'node'", ingress })
    const { status, json } = await server.post(`${v3}/globalnetworkpolicies`, nodes)
    expect(status).toBe(403)
    expect(json.message).toContain(
      'default/web → host/n1-eth0 TCP 9100 would be possible, and must never be (Workload egress of default/web: ',
    )
    expect(json.message).toContain('Normal ingress of n1-eth0: tier default, gnp:nodes rule 0: Allow)')
  })

  test('another policy that comes before it', async () => {
    await closedDatabase()
    const { status, json } = await server.post(policies, policy('early', { ...closed, ...open, order: 1 }))
    expect(status).toBe(403)
    expect(json.message).toContain(broken)
    expect((await server.get(`${policies}/early`)).status).toBe(404)
  })

  test('a deletion, alone, of all, and one that a finalizer would put off', async () => {
    await closedDatabase()
    for (const path of [`${policies}/db`, policies, `${policies}/db?dryRun=All`]) {
      const { status, json } = await server.delete(path)
      expect([path, status]).toEqual([path, 403])
      expect(json.message).toContain('default/web → default/db TCP 443 would be possible')
    }
    await server.patch(`${policies}/db`, 'merge', { metadata: { finalizers: ['example.com/a'] } })
    expect((await server.delete(`${policies}/db`)).status).toBe(403)
    expect((await server.get(`${policies}/db`)).json.metadata.deletionTimestamp).toBeUndefined()
  })

  test('labels of a pod, and a pod that is new', async () => {
    await closedDatabase({ to: { selector: "tier == 'data'" } })
    const labels = { metadata: { labels: { tier: 'data', app: 'other' } } }
    expect((await server.patch(`${pods}/db`, 'merge', labels)).json.message).toContain('would be possible')
    const cache = labelled('cache', 'cache') as { metadata: { labels: object } }
    const fresh = { ...cache, metadata: { ...cache.metadata, labels: { tier: 'data' } } }
    expect((await server.post(pods, fresh)).json.message).toContain(
      'pods "cache" is forbidden: it would break the assertion a: default/web → default/cache TCP 443',
    )
  })

  test('labels of a namespace, and a network set', async () => {
    await closedDatabase({
      to: { namespaceSelector: "compliance == 'pci'" },
      from: { nets: ['192.0.2.0/24'] },
    })
    const { status } = await server.patch('/api/v1/namespaces/default', 'merge', {
      metadata: { labels: { compliance: 'pci' } },
    })
    expect(status).toBe(403)
    await made(server.post(assertions, assertion({ from: { selector: "trust == 'vendor'" } }, 'b')))
    const vendors = { selector: "trust == 'vendor'", namespaceSelector: 'global()' }
    const spec = { ...closed, ingress: [{ action: 'Allow', source: vendors }] }
    await server.patch(`${policies}/db`, 'merge', { spec })
    const set = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkSet',
      metadata: { name: 'vendors', labels: { trust: 'vendor' } },
      spec: { nets: ['198.51.100.0/24'] },
    }
    const { json } = await server.post(`${v3}/globalnetworksets`, set)
    expect(json.message).toContain('the assertion b: 198.51.100.0 → default/db TCP 443 would be possible')
  })

  test('what must always be possible', async () => {
    await made(
      server.post(assertions, assertion({ require: 'always', ports: [{ protocol: 'TCP', port: 80 }] })),
    )
    const { status, json } = await server.post(policies, policy('db', closed))
    expect(status).toBe(403)
    expect(json.message).toContain(
      'default/web → default/db TCP 80 would not be possible, and must always be (Ingress of default/db: tier default, np:default/db end of tier: Deny)',
    )
  })

  test('a server-side apply', async () => {
    await closedDatabase()
    const { status } = await server.call('PATCH', `${policies}/db?fieldManager=t&force=true`, {
      body: policy('db', { ...closed, ...open }),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    })
    expect(status).toBe(403)
  })
})

describe('a collection is deleted one by one', () => {
  const cache = { selector: "app == 'cache'" }
  /** Two that shut something off, in the order of their names, and each is asserted. */
  async function closedTwice(mode: string): Promise<void> {
    await addPod('cache', '10.0.0.3')
    await made(server.post(policies, policy('cache', { ...cache, types: ['Ingress'] })))
    await closedDatabase({ mode })
    await made(server.post(assertions, assertion({ to: cache, mode: 'Audit' }, 'c')))
    await made(server.post(policies, policy('other', { selector: "app == 'x'" })))
  }
  const names = async (): Promise<string[]> =>
    (await server.get(policies)).json.items.map((it: { metadata: { name: string } }) => it.metadata.name)

  test('up to the first that is refused, with the warnings until then', async () => {
    await closedTwice('Enforce')
    const { status, json, headers } = await server.delete(policies)
    expect([status, json.kind, json.reason, json.details.name]).toEqual([403, 'Status', 'Forbidden', 'db'])
    expect(json.message).toContain('it would break the assertion a: default/web → default/db TCP 443')
    expect(headers.warning).toMatch(/^299 - "breaks the assertion c: default\/web {3}default\/cache TCP 443/)
    expect(await names()).toEqual(['db', 'other'])
  })

  test('to the end where nothing is refused, with all warnings', async () => {
    await closedTwice('Audit')
    const { status, json, headers } = await server.delete(policies)
    expect([status, json.kind, json.items.length]).toEqual([200, 'NetworkPolicyList', 3])
    expect(headers.warning).toMatch(/breaks the assertion c: .*, 299 - "breaks the assertion a: /)
    expect(await names()).toEqual([])
  })

  test('to no effect, where it is only tried: each as if it went alone', async () => {
    await closedTwice('Audit')
    const { status, headers } = await server.delete(`${policies}?dryRun=All`)
    expect(status).toBe(200)
    expect(headers.warning).toMatch(/breaks the assertion c: .*, 299 - "breaks the assertion a: /)
    expect(await names()).toEqual(['cache', 'db', 'other'])
  })
})

describe('what is not refused', () => {
  test('what breaks nothing, what is not about policy, and what makes things stricter', async () => {
    await closedDatabase()
    await made(server.post(policies, policy('other', { selector: "app == 'x'", ...open })))
    await addPod('x', '10.0.0.3')
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'default' } }
    await made(server.post('/api/v1/namespaces/default/configmaps', map))
    expect((await server.delete(`${policies}/other`)).status).toBe(200)
    expect((await server.delete(`${pods}/web`)).status).toBe(200)
  })

  test('a status: a node says what is', async () => {
    await closedDatabase({ from: { nets: ['192.0.2.0/24'] }, to: { nets: ['10.9.0.0/16'] } })
    await addPod('y', '10.9.0.1')
    expect((await server.get(`${pods}/y`)).json.status.podIP).toBe('10.9.0.1')
  })

  test('a namespace with its policies and its pods: they go together', async () => {
    const inShop = (object: object) => {
      const { metadata } = object as { metadata: object }
      return { ...object, metadata: { ...metadata, namespace: 'shop' } }
    }
    await made(
      server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
    )
    await made(server.post('/api/v1/namespaces/shop/pods', inShop(labelled('db', 'db'))))
    await made(server.post(`${v3}/namespaces/shop/networkpolicies`, inShop(policy('db', closed))))
    await closedDatabase()
    expect((await server.delete(`${v3}/namespaces/shop/networkpolicies/db`)).status).toBe(403)
    const hold = (finalizers: string[]) =>
      server.patch('/api/v1/namespaces/shop/pods/db', 'merge', { metadata: { finalizers } })
    await hold(['example.com/a'])
    expect((await server.delete('/api/v1/namespaces/shop')).json.message).toContain('→ shop/db TCP 443 would')
    await hold([])
    expect((await server.delete('/api/v1/namespaces/shop')).status).toBe(200)
    expect((await server.get('/api/v1/namespaces/shop')).status).toBe(404)
  })

  test('anything, where the assertion does not hold anyway: a cluster can be repaired', async () => {
    await closedDatabase()
    const { key, value, revision } =
      (await store.get('/projectcalico.org/networkpolicies/default/db')) ?? never()
    await store.update(key, { ...value, spec: { ...closed, ...open } }, revision)
    await made(server.post(policies, policy('also', { ...closed, ...open })))
    const described = { metadata: { labels: { a: 'b' } }, spec: { description: 'broken' } }
    expect((await server.patch(`${assertions}/a`, 'merge', described)).status).toBe(200)
    expect((await server.delete(`${policies}/also`)).status).toBe(200)
    expect((await server.patch(`${policies}/db`, 'merge', { spec: { ingress: null } })).status).toBe(200)
    expect((await server.patch(`${policies}/db`, 'merge', { spec: open })).status).toBe(403)
  })

  test('anything, once the assertion is audited only, or is gone', async () => {
    await closedDatabase()
    expect((await server.patch(`${assertions}/a`, 'merge', { spec: { mode: 'Audit' } })).status).toBe(200)
    const { status, headers } = await server.patch(`${policies}/db`, 'merge', { spec: open })
    expect(status).toBe(200)
    expect(headers.warning).toContain('breaks the assertion a: default/web   default/db TCP 5432 would be')
    await server.patch(`${policies}/db`, 'merge', { spec: { ingress: null } })
    expect((await server.delete(`${policies}/db`)).headers.warning).toContain('breaks the assertion a')
    await made(server.post(policies, policy('db', closed)))
    expect((await server.delete(`${assertions}/a`)).status).toBe(200)
    const { headers: silent } = await server.patch(`${policies}/db`, 'merge', { spec: open })
    expect(silent.warning).toBeUndefined()
  })
})

describe('an assertion', () => {
  test('that does not hold is not enforced', async () => {
    const { status, json } = await server.post(assertions, assertion({}))
    expect(status).toBe(403)
    expect(json.message).toContain(
      'networkassertions.policy.margay.io "a" is forbidden: it does not hold now: default/web → default/db TCP 443 is possible, and must never be',
    )
    expect((await server.get(`${assertions}/a`)).status).toBe(404)
  })

  test('that does not hold may be audited, with a warning, and is enforced from when it holds', async () => {
    const { status, headers } = await server.post(assertions, assertion({ mode: 'Audit' }))
    expect(status).toBe(201)
    expect(headers.warning).toContain('it does not hold now: default/web')
    const enforce = () => server.patch(`${assertions}/a`, 'merge', { spec: { mode: 'Enforce' } })
    expect((await enforce()).status).toBe(403)
    await made(server.post(policies, policy('db', closed)))
    expect((await enforce()).status).toBe(200)
  })

  test('that means nobody is taken, with a warning', async () => {
    const { status, headers } = await server.post(
      assertions,
      assertion({ from: { selector: "app == 'wbe'" } }),
    )
    expect(status).toBe(201)
    expect(headers.warning).toContain('says nothing now')
  })
})

test('a server that starts knows the assertions that are there', async () => {
  await closedDatabase()
  const again = await TestServer.start(store)
  expect((await again.patch(`${policies}/db`, 'merge', { spec: open })).status).toBe(403)
  await again.close()
})

test('without assertions nothing of policy is kept: nobody watches it', async () => {
  class CountingStore extends MemoryStore {
    readonly watched: string[] = []
    override watch(...args: Parameters<MemoryStore['watch']>) {
      this.watched.push(args[0])
      return super.watch(...args)
    }
  }
  const counting = new CountingStore()
  const other = await TestServer.start(counting)
  await made(other.post(policies, policy('db', closed)))
  expect(counting.watched.filter((prefix) => prefix.startsWith('/core/pods/'))).toEqual([])
  await made(other.post(assertions, assertion({})))
  expect(counting.watched.filter((prefix) => prefix.startsWith('/core/pods/'))).toHaveLength(1)
  await other.close()
})

function never(): never {
  throw new Error('the policy is not there')
}
