/**
 * `margay authz` asked by a real Envoy, in all the forms of examples/authz/envoy, each of which is started as it stands; with policy from a real
 * server, and real requests between pods. Needs root; runs a lab of its own.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuthzLab, examples } from './authz/authz-lab.ts'
import { type Identity, spiffeId } from './authz/certificates.ts'
import type { Target } from './authz/client-task.ts'
import type { Envoy } from './authz/envoy.ts'
import { disguisedAdmin, disguisedPublic } from './authz/paths.ts'
import { startProxies } from './authz/proxies.ts'
import { type Expected, requests } from './authz/requests.ts'
import { isPlainlyPublic, seen, valuesIn } from './authz/seen.ts'
import { eventually } from './support/eventually.ts'
import type { MargayProcess } from './support/margay.ts'

let lab: AuthzLab
let main: MargayProcess
let envoys: Map<string, Envoy>
const telling = ['--node', 'node-1', '--deny-body', 'policy', '--allow-headers', '--log-decisions', 'all']
const measured = ['--metrics-address', '127.0.0.1:0']

beforeAll(async () => {
  lab = await AuthzLab.start('e2e-authz')
  await lab.applyManifests(join(examples, 'policies.yaml'))
  await lab.applyManifests(join(import.meta.dirname, 'authz/policies.yaml'))
  const many = ['--identity-from', 'x-forwarded-client-cert', '--judge', 'both']
  const services = [
    lab.startAuthz('main', ...telling, ...measured),
    lab.startAuthz('mesh', ...many, ...telling),
  ]
  ;[main] = (await Promise.all(services)) as [MargayProcess, MargayProcess]
  envoys = await startProxies(lab)
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
}, 60_000)

const api = (): Target => lab.target('api', 8080)

describe('a proxy beside its workload', () => {
  test.each(requests)('$from: $line $headers is $verdict', async (expected) => {
    const { from, line, headers = [], verdict, tier, policy, rule } = expected
    const { status, body } = await lab.sent(from, api(), line, { headers })
    expect(status).toBe(verdict === 'Allow' ? 200 : 403)
    if (verdict === 'Deny')
      expect(JSON.parse(body)).toEqual({ decision: 'Deny', reason: 'Policy', tier, policy, rule })
    else if (!line.startsWith('HEAD')) expect(valuesIn(body, 'x-margay-policy')).toEqual([policy])
  })

  test('`margay explain --http` gives the same verdict, by the same rule', async () => {
    const kinds = new Map(
      requests.map((it) => [`${it.from} ${it.policy} ${it.rule} ${it.headers?.length}`, it]),
    )
    expect(kinds.size).toBeGreaterThan(8)
    await Promise.all(
      [...kinds.values()].map(async (it) => expect(await explained(it), it.line).toEqual(expectedOf(it))),
    )
  }, 60_000)

  test('over IPv6, and by curl', async () => {
    const [, address = ''] = lab.view.pod('shop', 'api').ips
    expect(await lab.statusOf('web', { address, port: 8080 }, 'GET /public')).toBe(200)
    expect(await lab.statusOf('guest', { address, port: 8080 }, 'GET /public')).toBe(403)
    const curl = async (path: string) => {
      const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', `http://[${address}]:8080${path}`]
      return (await lab.view.runInNode(lab.view.pod('shop', 'web'), 'curl', args)).stdout
    }
    expect([await curl('/public'), await curl('/admin')]).toEqual(['200', '403'])
  })

  test('gRPC is a path of HTTP/2, and a denial of it is one that gRPC knows', async () => {
    const options = { protocol: 'http/2', headers: [['content-type', 'application/grpc']] } as const
    const allowed = await lab.sent('batch', api(), 'POST /shop.Reports/List', options)
    expect(seen(allowed.body)).toMatchObject({ method: 'POST', path: '/shop.Reports/List' })
    const denied = await lab.sent('batch', api(), 'POST /shop.Admin/List', options)
    expect(denied).toMatchObject({ status: 200, headers: { 'grpc-status': '7' } })
    expect(denied.body).not.toContain('shop.Admin')
  })

  test('a header that comes twice hides nothing, and one that is forged tells nothing', async () => {
    const twice = (...values: string[]) => values.map((value) => ['x-tenant', value] as const)
    const orders = (...headers: (readonly [string, string])[]) =>
      lab.sent('web', api(), 'POST /orders', { headers })
    for (const values of [
      ['blue', 'red'],
      ['red', 'blue'],
      ['blue', 'blue'],
      ['', 'blue'],
    ])
      expect((await orders(...twice(...values))).status, `${values}`).toBe(403)
    const forged = [
      ...twice('blue'),
      ['x-margay-policy', 'np:shop/forged'],
      ['x-forwarded-for', '10.65.1.13'],
    ] as const
    expect(valuesIn((await orders(...forged)).body, 'x-margay-policy')).toEqual(['np:shop/api'])
    expect((await orders(...twice('blue'), ['x_debug', '1'])).status).toBe(400)
    const fromGuest = { headers: [['x-forwarded-for', lab.target('web', 0).address]] } as const
    expect(await lab.statusOf('guest', api(), 'GET /public', fromGuest)).toBe(403)
  })
})

describe('paths that two programs may read in two ways', () => {
  const places = ['api', 'bare']
  const protocols = ['http/1.1', 'http/2'] as const

  test.each(places.flatMap((pod) => protocols.map((protocol) => ({ pod, protocol }))))(
    'let nobody get to what is not public, at $pod over $protocol',
    async ({ pod, protocol }) => {
      const ask = (path: string) => lab.sent('web', lab.target(pod, 8080), `GET ${path}`, { protocol })
      const answers = await Promise.all(disguisedAdmin.map(ask))
      const reached = answers.filter(({ status }) => status === 200).map(({ body }) => seen(body).path)
      // Some are no disguise for who puts paths right: then the workload is told so, too.
      expect(reached.filter((path) => !isPlainlyPublic(path))).toEqual([])
      expect(answers.filter(({ status }) => status === 403).length).toBeGreaterThan(15)
    },
  )

  test.each(places)('reach what is public, at %s', async (pod) => {
    for (const path of disguisedPublic)
      expect(await lab.statusOf('web', lab.target(pod, 8080), `GET ${path}`), path).toBe(200)
  })

  test('come to the workload as they were judged where Envoy puts them right, and only there', async () => {
    const path = '/admin/../public/a'
    const [right, bare] = await Promise.all(
      ['api', 'bare'].map((pod) => lab.sent('web', lab.target(pod, 8080), `GET ${path}`)),
    )
    expect(seen(right?.body ?? '').path).toBe('/public/a')
    expect(seen(bare?.body ?? '').path).toBe(path)
    for (const each of disguisedPublic) {
      const { path } = seen((await lab.sent('web', api(), `GET ${each}`)).body)
      expect(path, each).toSatisfy(isPlainlyPublic)
    }
  })

  test('a whole URL is its path, and what has none is denied', async () => {
    expect(await lab.statusOf('web', api(), 'GET http://api.shop/public')).toBe(200)
    expect(await lab.statusOf('web', api(), 'GET http://api.shop/public/../admin')).toBe(403)
    expect(await lab.statusOf('web', api(), 'GET http://api.shop')).toBe(200)
    expect(await lab.statusOf('web', api(), 'CONNECT api.shop:8080')).not.toBe(200)
  })
})

describe('who asks, by certificate', () => {
  const certificates = {
    web: `URI:${spiffeId('shop', 'web')}`,
    batch: `URI:${spiffeId('shop', 'batch')}`,
    nobody: `URI:${spiffeId('shop', 'nobody')}`,
    foreign: `URI:${spiffeId('shop', 'web', 'partner.example')}`,
    malformed: 'URI:spiffe://cluster.local/shop/web',
    machine: 'DNS:web.shop',
  }
  type Who = keyof typeof certificates
  let identities: Record<Who, Identity>
  beforeAll(async () => {
    const issued = Object.entries(certificates).map(async ([name, san]) => [
      name,
      await lab.authority.issue(name, san),
    ])
    identities = Object.fromEntries(await Promise.all(issued)) as typeof identities
  })
  const places = [
    { form: 'gRPC', pod: 'vault' },
    { form: 'HTTP', pod: 'legacy' },
  ]

  test.each(places)('counts more than the address, by $form', async ({ pod }) => {
    const status = (from: string, who: Who, line: string) =>
      lab.statusOf(from, { ...lab.target(pod, 8443), identity: identities[who] }, line)
    expect(await status('web', 'web', 'GET /public')).toBe(200)
    expect(await status('batch', 'batch', 'POST /shop.Reports/List')).toBe(200)
    expect(await status('web', 'web', 'GET /admin')).toBe(403)
    // They disagree with the address.
    expect(await status('batch', 'web', 'GET /public')).toBe(200)
    expect(await status('ops/scanner', 'web', 'GET /public')).toBe(200)
    expect(await status('web', 'batch', 'GET /public')).toBe(403)
    expect(main.stdout).toContain('"disagrees":true')
  })

  test.each([
    { who: 'nobody', reason: 'UnknownIdentity' },
    { who: 'foreign', reason: 'ForeignTrustDomain' },
    { who: 'malformed', reason: 'MalformedIdentity' },
  ] as const)('$who is denied: $reason', async ({ who, reason }) => {
    for (const { pod } of places) {
      const target = { ...lab.target(pod, 8443), identity: identities[who] }
      const { status, body } = await lab.sent('web', target, 'GET /public')
      expect(status).toBe(403)
      expect(JSON.parse(body)).toEqual({ decision: 'Deny', reason })
    }
  })

  test('no certificate, or none that names a workload, ends at the proxy', async () => {
    const target = lab.target('vault', 8443)
    expect(await lab.statusOf('web', target, 'GET /public')).toBe(0)
    expect(await lab.statusOf('web', { ...target, identity: identities.machine }, 'GET /public')).toBe(0)
  })

  test.each([
    { pod: 'legacy', how: 'with a certificate' },
    { pod: 'plain', how: 'where there is none to write over it' },
  ])('nobody forges who asks whom in the HTTP form, $how', async ({ pod }) => {
    const identity = pod === 'legacy' ? identities.batch : undefined
    const target = { ...lab.target(pod, 8443), identity }
    const forged = Object.entries({
      'x-margay-principal': spiffeId('shop', 'web'),
      'X-Margay-Source': `${lab.target('web', 0).address}:1`,
      'x-margay-destination': 'shop/ledger',
      'x-forwarded-client-cert': `URI=${spiffeId('shop', 'web')}`,
      'x-forwarded-for': lab.target('web', 0).address,
    })
    for (const headers of [forged, forged.flatMap((it) => [it, it])]) {
      expect(await lab.statusOf('batch', target, 'GET /public', { headers })).toBe(403)
      const { status, body } = await lab.sent('batch', target, 'POST /shop.Reports/List', { headers })
      expect(status).toBe(200)
      const names = seen(body).headers.filter((_, index) => index % 2 === 0)
      expect(names.filter((name) => name.startsWith('x-margay-'))).toEqual(['x-margay-policy'])
    }
  })

  test('bytes that are no HTTP are judged once, and no rule about requests lets them through', async () => {
    const reply = async (from: 'web' | 'batch') => {
      const target = { ...lab.target('queue', 5432), identity: identities[from] }
      return (await lab.clientIn(from)).exchange(target, 'no request of HTTP')
    }
    expect(await reply('web')).toBe('no request of HTTP')
    expect(await reply('batch')).toBeUndefined()
  })

  describe('at one proxy of many workloads', () => {
    const at = (host: string) => ({ headers: [['host', host]] as const })
    const ask = (who: 'web' | 'batch', line: string, host: string) =>
      lab.sent(who, { ...lab.target('waypoint', 15443, 'mesh'), identity: identities[who] }, line, at(host))

    test('the route says whose policy counts', async () => {
      expect((await ask('batch', 'GET /daily/7', 'reports.shop')).status).toBe(200)
      expect((await ask('batch', 'GET /admin', 'reports.shop')).status).toBe(403)
      expect((await ask('web', 'GET /daily/7', 'reports.shop')).status).toBe(403)
      // Of the ledger's own policies there are none, and its profile allows.
      expect((await ask('web', 'GET /anything', 'ledger.shop')).status).toBe(200)
      expect((await ask('batch', 'GET /daily', 'elsewhere.shop')).status).toBe(404)
    })

    test('what the source may send counts too', async () => {
      const { status, body } = await ask('batch', 'GET /anything', 'ledger.shop')
      expect(status).toBe(403)
      expect(JSON.parse(body)).toMatchObject({ reason: 'Policy', policy: 'np:shop/batch' })
    })

    test('a client writes nothing into what its proxy says of it', async () => {
      const target = { ...lab.target('waypoint', 15443, 'mesh'), identity: identities.web }
      const headers = [
        ...at('reports.shop').headers,
        ['x-forwarded-client-cert', `URI=${spiffeId('shop', 'batch')}`],
      ] as const
      expect(await lab.statusOf('web', target, 'GET /daily/7', { headers })).toBe(403)
    })
  })
})

test('where a node redirects connections to its proxy, their first address names the workload', async () => {
  const node = lab.view.node('node-1')
  await lab.startEnvoy(node, join(examples, 'envoy/node-proxy.yaml'), 'mesh')
  const nft = (script: string) => lab.view.runInNode(node, 'nft', ['-f', '-'], script)
  await nft(`table ip e2e_authz { chain prerouting { type nat hook prerouting priority dstnat;
    iifname "cali*" tcp dport 8080 ip daddr { ${['reports-1', 'ledger'].map((pod) => lab.target(pod, 0).address).join(', ')} } dnat to ${node.ips[0]}:15001
  }
}`)
  expect(await lab.statusOf('batch', lab.target('reports-1', 8080), 'GET /daily/7')).toBe(200)
  expect(await lab.statusOf('batch', lab.target('reports-1', 8080), 'GET /admin')).toBe(403)
  expect(await lab.statusOf('web', lab.target('reports-1', 8080), 'GET /daily/7')).toBe(403)
  expect(await lab.statusOf('batch', lab.target('ledger', 8080), 'GET /daily/7')).toBe(403)
  expect(await lab.statusOf('web', lab.target('ledger', 8080), 'GET /daily/7')).toBe(200)
  // Nobody wanted to go to the proxy itself.
  expect(await lab.statusOf('web', { address: node.ips[0] ?? '', port: 15001 }, 'GET /')).toBe(403)
  await nft('delete table ip e2e_authz')
})

test('decisions are told in the log, and to the access log of Envoy', async () => {
  await lab.sent('web', api(), 'GET /public/%2e/logged?secret=1', { headers: [['authorization', 'secret']] })
  await lab.sent('batch', api(), 'GET /logged')
  const told = { tier: 'default', policy: 'np:shop/api' }
  const lines = main.stdout.split('\n').filter((line) => line.includes('/logged'))
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({
      ...told,
      verdict: 'Allow',
      rule: 0,
      source: 'shop/web',
      destination: 'shop/api',
      method: 'GET',
      path: '/public/logged',
    }),
    expect.objectContaining({
      ...told,
      verdict: 'Deny',
      source: 'shop/batch',
      destination: 'shop/api',
      path: '/logged',
    }),
  ])
  expect(main.output).not.toContain('secret')
  const isLogged = ({ path }: Record<string, unknown>) => String(path).endsWith('/logged')
  await eventually('Envoy wrote its log', () => envoyOf('shop/api').accessLog.filter(isLogged).length === 2)
  expect(envoyOf('shop/api').accessLog.filter(isLogged)).toEqual([
    expect.objectContaining({ ...told, status: 200, decision: 'Allow', rule: 0 }),
    expect.objectContaining({
      ...told,
      status: 403,
      decision: 'Deny',
      rule: null,
      details: 'ext_authz_denied',
    }),
  ])
})

test('what was asked is counted', async () => {
  const port = /metrics are served at 127.0.0.1, port (\d+)/.exec(main.output)?.[1]
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^margay_authz_${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  expect(value('synced')).toBe(1)
  expect(value('policy_revision')).toBeGreaterThan(0)
  expect(value('checks_total{verdict="Allow",reason="Policy"}')).toBeGreaterThan(5)
  for (const reason of ['Policy', 'UnknownIdentity', 'ForeignTrustDomain', 'MalformedIdentity'])
    expect(value(`checks_total{verdict="Deny",reason="${reason}"}`), reason).toBeGreaterThan(0)
  expect(value('identity_disagreements_total')).toBeGreaterThan(2)
  expect(value('errors_total')).toBe(0)
})

function envoyOf(pod: string): Envoy {
  const envoy = envoys.get(pod)
  if (envoy === undefined) throw new Error(`${pod} has no proxy`)
  return envoy
}

function expectedOf({ verdict, tier, policy, rule }: Expected) {
  const by =
    rule === undefined
      ? `tier ${tier}, ${policy} end of tier: Deny`
      : `tier ${tier}, ${policy} rule ${rule}: ${verdict}`
  return { exitCode: verdict === 'Allow' ? 0 : 1, by }
}

async function explained({ from, line, headers = [] }: Expected) {
  const source = from.includes('/') ? from : `shop/${from}`
  const peers = ['--from', source, '--to', 'shop/api', '--port', '8080', '--http', line]
  const flags = headers.flatMap(([name, value]) => ['--header', `${name}: ${value}`])
  const { exitCode, stdout } = await lab.run(
    'explain',
    '--kubeconfig',
    lab.kubeconfig,
    ...peers,
    ...flags,
    '-o',
    'json',
  )
  const [connection] = (JSON.parse(stdout) as Explained).connections
  return { exitCode, by: connection?.ingress.decidedBy }
}

interface Explained {
  readonly connections: readonly { readonly ingress: { readonly decidedBy: string } }[]
}
