/** Who is meant by a check, and each reason for which one is denied whatever policy says. */
import type { ResourceObject } from '@margay/resources'
import { describe, expect, test } from 'vitest'
import { NotReadyError } from '../check/check.ts'
import { checkOf, judgeOf, type Said } from './judge.testkit.ts'
import { defaultJudgeOptions, type JudgeOptions, PolicyJudge } from './policy-judge.ts'

const namespace = (name: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})

const pod = (key: string, account: string, ips: readonly string[], node = 'n1'): ResourceObject => {
  const [ns = '', name = ''] = key.split('/')
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: ns, name, labels: { app: name.split('-')[0] ?? name } },
    spec: {
      nodeName: node,
      serviceAccountName: account,
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
    status: { phase: 'Running', podIPs: ips.map((ip) => ({ ip })) },
  }
}

/** `target` of its pods. */
const service = (name: string, clusterIP: string, target: number, ips: readonly string[]) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'web', port: 80, protocol: 'TCP' }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'shop', name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: ips.map((ip) => ({ addresses: [ip] })),
    ports: [{ name: 'web', port: target, protocol: 'TCP' }],
  },
]

const policy = (name: string, selector: string, ingress: readonly object[]): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name },
  spec: { selector, types: ['Ingress'], ingress: [...ingress] },
})

const web = 'spiffe://cluster.local/ns/shop/sa/web'

const world: readonly ResourceObject[] = [
  namespace('shop'),
  namespace('ops'),
  pod('shop/web-1', 'web', ['10.0.0.1', 'fd00::1']),
  pod('shop/web-2', 'web', ['10.0.0.2']),
  pod('shop/api-1', 'api', ['10.0.0.11', 'fd00::11']),
  pod('shop/api-2', 'api', ['10.0.0.12'], 'n2'),
  pod('shop/db-1', 'db', ['10.0.0.21']),
  pod('shop/odd-1', 'db', ['10.0.0.31']),
  pod('ops/tool', 'tool', ['10.0.1.1']),
  ...service('api', '10.96.0.1', 8080, ['10.0.0.11', '10.0.0.12']),
  ...service('idle', '10.96.0.2', 8080, []),
  ...service('outside', '10.96.0.3', 8080, ['192.0.2.9']),
  policy('api', "app == 'api'", [
    {
      action: 'Allow',
      protocol: 'TCP',
      source: { serviceAccounts: { names: ['web'] } },
      destination: { ports: [8080] },
      http: { methods: ['GET'], paths: [{ prefix: '/public' }] },
    },
    { action: 'Allow', source: { nets: ['192.0.2.0/24'] } },
  ]),
  policy('odd', "app == 'odd'", [
    { action: 'Deny', protocol: 'TCP', source: { ports: ['1:1023'] } },
    { action: 'Allow' },
  ]),
  policy('db', "app == 'db'", [{ action: 'Allow', source: { nets: ['10.0.0.1/32'] } }]),
]

const toApi: Said = { to: '10.0.0.11', port: 8080, http: { path: '/public/x?token=secret' } }

function judged(said: Said, options: Partial<JudgeOptions> = {}) {
  const { verdict, reason, source, destination, disagrees, path } = judgeOf(world, options).ask(checkOf(said))
  return { outcome: `${verdict} ${reason}`, source, destination, disagrees, path }
}

const outcomeOf = (said: Said, options?: Partial<JudgeOptions>) => judged(said, options).outcome

describe('the source', () => {
  test.each<[string, Said, string]>([
    ['a pod, by its address alone', { from: '10.0.0.1' }, 'Allow Policy'],
    ['the same, as a listener of both IP versions tells it', { from: '::ffff:10.0.0.1' }, 'Allow Policy'],
    ['a pod of another account', { from: '10.0.1.1' }, 'Deny Policy'],
    ['an address outside', { from: '192.0.2.7' }, 'Allow Policy'],
    ['an identity that agrees', { from: '10.0.0.2', principal: web }, 'Allow Policy'],
    ['an identity without an address', { principal: web }, 'Allow Policy'],
    [
      'an identity at the address of another pod, as of a proxy',
      { from: '10.0.1.1', principal: web },
      'Allow Policy',
    ],
    [
      'an identity that policy denies at the address of one that it allows',
      { from: '10.0.0.1', principal: 'spiffe://cluster.local/ns/ops/sa/tool' },
      'Deny Policy',
    ],
    [
      'one that nobody runs as',
      { from: '10.0.0.1', principal: 'spiffe://cluster.local/ns/shop/sa/x' },
      'Deny UnknownIdentity',
    ],
    [
      'one of another trust domain',
      { from: '10.0.0.1', principal: 'spiffe://other.example/ns/shop/sa/web' },
      'Deny ForeignTrustDomain',
    ],
    [
      'a certificate that names no workload',
      { from: '10.0.0.1', principal: 'CN=web' },
      'Deny MalformedIdentity',
    ],
    ['nobody at all', {}, 'Deny UnknownSource'],
    ['what is no address', { from: '@/pipe' }, 'Deny UnknownSource'],
  ])('%s', (_, said, want) => expect(outcomeOf({ ...toApi, ...said })).toBe(want))

  test('of several that it may be, each has to be allowed', () => {
    const toDb = { to: '10.0.0.21', port: 5432 }
    expect(outcomeOf({ ...toDb, from: '10.0.0.1', principal: web })).toBe('Allow Policy')
    expect(outcomeOf({ ...toDb, from: '10.0.9.9', principal: web })).toBe('Deny Policy')
  })

  test('that an identity and an address disagree is told', () => {
    expect(judged({ ...toApi, from: '10.0.1.1', principal: web })).toMatchObject({
      source: 'sa:shop/web',
      disagrees: true,
    })
    expect(judged({ ...toApi, from: '10.0.0.1', principal: web })).toMatchObject({
      source: 'shop/web-1',
      disagrees: false,
    })
  })

  test('without an identity is denied where one is required', () => {
    const source = { ...defaultJudgeOptions.source, requiresIdentity: true }
    expect(outcomeOf({ ...toApi, from: '10.0.0.1' }, { source })).toBe('Deny IdentityRequired')
    expect(outcomeOf({ ...toApi, from: '10.0.0.1', principal: web }, { source })).toBe('Allow Policy')
  })

  test('of other trust domains counts where they are trusted', () => {
    const source = { ...defaultJudgeOptions.source, trustDomains: new Set(['a.example', 'b.example']) }
    const from = (domain: string) => ({ ...toApi, principal: `spiffe://${domain}/ns/shop/sa/web` })
    expect(outcomeOf(from('b.example'), { source })).toBe('Allow Policy')
    expect(outcomeOf(from('cluster.local'), { source })).toBe('Deny ForeignTrustDomain')
  })

  const forwarded = (value: string): Said => ({
    ...toApi,
    from: '10.0.1.1',
    http: { path: '/public', headers: new Map([['x-forwarded-client-cert', value]]) },
  })
  test.each([
    [`By=x;Hash=1;URI=${web}`, 'Allow Policy'],
    [`URI=spiffe://cluster.local/ns/ops/sa/tool,By=x;Subject="CN=a,O=b;c";URI=${web}`, 'Allow Policy'],
    [`URI=${web},By=x;URI=spiffe://cluster.local/ns/ops/sa/tool`, 'Deny Policy'],
    [`URI=${web};URI=spiffe://cluster.local/ns/ops/sa/tool`, 'Deny MalformedIdentity'],
    [`URI=${web},By=x;Hash=1`, 'Deny MalformedIdentity'],
    [`Subject="URI=${web}`, 'Deny MalformedIdentity'],
    ['', 'Deny Policy'],
  ])('in x-forwarded-client-cert %s', (value, want) => {
    const source = { ...defaultJudgeOptions.source, identityFrom: { kind: 'ForwardedCertificate' as const } }
    expect(outcomeOf(forwarded(value), { source })).toBe(want)
  })

  test('in metadata of a filter, and nowhere else then', () => {
    const identityFrom = { kind: 'Metadata' as const, namespace: 'mesh', key: 'peer' }
    const options = { source: { ...defaultJudgeOptions.source, identityFrom } }
    const metadata = { mesh: { peer: web } }
    expect(outcomeOf({ ...toApi, from: '10.0.1.1', metadata }, options)).toBe('Allow Policy')
    expect(outcomeOf({ ...toApi, from: '10.0.1.1', principal: web }, options)).toBe('Deny Policy')
  })
})

describe('the destination', () => {
  const from = '10.0.0.1'
  const http = { path: '/public' }
  const named = (name: string) => ({ 'margay.destination': name })
  test.each<[string, Said, string]>([
    ['a pod by its address', { to: '10.0.0.11', port: 8080 }, 'Allow Policy'],
    ['by its IPv6 address', { from: 'fd00::1', to: 'fd00::11', port: 8080 }, 'Allow Policy'],
    ['at another port', { to: '10.0.0.11', port: 8081 }, 'Deny Policy'],
    ['a service, with the port of its pods', { to: '10.96.0.1', port: 80 }, 'Allow Policy'],
    ['a service at a port that it has not', { to: '10.96.0.1', port: 8080 }, 'Deny UnknownPort'],
    ['a service at UDP', { to: '10.96.0.1', port: 80, protocol: 'UDP' }, 'Deny UnknownPort'],
    ['a service without pods', { to: '10.96.0.2', port: 80 }, 'Deny NoEndpoints'],
    ['a service with others than pods', { to: '10.96.0.3', port: 80 }, 'Deny UnknownDestination'],
    ['an address outside', { to: '198.51.100.1' }, 'Deny UnknownDestination'],
    ['none', {}, 'Deny UnknownDestination'],
    [
      'a pod that the proxy names',
      { to: '127.0.0.1', port: 8080, extensions: named('shop/api-2') },
      'Allow Policy',
    ],
    ['with its port', { to: '127.0.0.1', port: 1, extensions: named('shop/api-2:8080') }, 'Allow Policy'],
    [
      'a pod that is none',
      { to: '10.0.0.11', port: 8080, extensions: named('shop/x') },
      'Deny UnknownDestination',
    ],
    ['without any port', { extensions: named('shop/api-2') }, 'Deny UnknownPort'],
    ['with one that is none', { to: '10.0.0.11', extensions: named('shop/api-2:99999') }, 'Deny UnknownPort'],
    [
      'a service that the proxy names',
      { to: '10.0.1.1', extensions: named('service/shop/api') },
      'Allow Policy',
    ],
    ['with its port', { extensions: named('service/shop/api:80') }, 'Allow Policy'],
    [
      'a service that is none',
      { to: '10.0.0.11', extensions: named('service/shop/x') },
      'Deny UnknownDestination',
    ],
  ])('%s', (_, said, want) => expect(outcomeOf({ from, http, ...said })).toBe(want))

  test('by the host only where that was asked for, and only if nothing else tells it', () => {
    const destination = { ...defaultJudgeOptions.destination, fromHost: true }
    const asked = (host: string, to = '127.0.0.1') => ({ from, to, http: { ...http, host } })
    expect(outcomeOf(asked('api.shop.svc.cluster.local'))).toBe('Deny UnknownDestination')
    expect(outcomeOf(asked('API.shop.svc.cluster.local.'), { destination })).toBe('Allow Policy')
    expect(outcomeOf(asked('api.shop.svc:80'), { destination })).toBe('Allow Policy')
    expect(outcomeOf(asked('db.ops.svc'), { destination })).toBe('Deny UnknownDestination')
    expect(outcomeOf(asked('api'), { destination })).toBe('Deny UnknownDestination')
    expect(outcomeOf(asked('api.shop.svc', '10.0.0.21'), { destination })).toBe('Allow Policy')
    expect(judged(asked('secret.shop.svc'), { destination }).destination).toBe('')
  })

  test('of another node is denied', () => {
    const destination = { ...defaultJudgeOptions.destination, node: 'n1' }
    expect(outcomeOf({ from, http, to: '10.0.0.11', port: 8080 }, { destination })).toBe('Allow Policy')
    expect(outcomeOf({ from, http, to: '10.0.0.12', port: 8080 }, { destination })).toBe('Deny NotLocal')
    expect(outcomeOf({ from, http, to: '10.96.0.1', port: 80 }, { destination })).toBe('Deny NotLocal')
  })

  test('is the one workload, whatever the address', () => {
    const destination = { ...defaultJudgeOptions.destination, workload: 'shop/api-1' }
    expect(outcomeOf({ from, http, to: '127.0.0.1', port: 8080 }, { destination })).toBe('Allow Policy')
    const other = { from, http, to: '10.0.0.21', port: 8080 }
    expect(judged(other, { destination })).toMatchObject({ destination: 'shop/api-1' })
    const extensions = named('shop/db-1')
    expect(outcomeOf({ ...other, extensions }, { destination })).toBe('Deny NotLocal')
  })

  test('that is the source itself is not judged', () => {
    expect(outcomeOf({ from: '10.0.0.21', to: '10.0.0.21', port: 1 })).toBe('Allow Self')
  })
})

describe('what is sent', () => {
  const from = '10.0.0.1'
  test.each([
    ['/public/x', 'Allow Policy'],
    ['/private', 'Deny Policy'],
    ['/public/../private', 'Deny Policy'],
    ['/public/%2e%2e/private', 'Deny Policy'],
    ['/public/%252e%252e/private', 'Deny Policy'],
    ['/public%00', 'Deny Policy'],
    ['//public//x/.', 'Allow Policy'],
    ['/publicity', 'Deny Policy'],
    ['/private?x=/public', 'Deny Policy'],
  ])('%s', (path, want) => expect(outcomeOf({ ...toApi, from, http: { path } })).toBe(want))

  test('is told by its normal path, without a query', () => {
    expect(judged({ ...toApi, from }).path).toBe('/public/x')
    expect(judged({ ...toApi, from, http: { path: '/%zz' } }).path).toBeUndefined()
  })

  test('without a method is nothing', () => {
    expect(outcomeOf({ ...toApi, from, http: { method: '' } })).toBe('Deny MalformedRequest')
    expect(outcomeOf({ ...toApi, from, port: 70_000 })).toBe('Deny MalformedRequest')
    expect(outcomeOf({ ...toApi, from, fromPort: Number.NaN })).toBe('Deny MalformedRequest')
  })

  test('over a connection whose requests nobody reads is no request, unless they follow', () => {
    const said = { ...toApi, from, http: undefined }
    expect(outcomeOf(said)).toBe('Deny Policy')
    expect(outcomeOf(said, { tcpChecks: 'http-follows' })).toBe('Allow Policy')
  })
})

describe('the answer', () => {
  const denied: Said = { ...toApi, from: '10.0.1.1' }
  const allowed: Said = { ...toApi, from: '10.0.0.1' }

  test('says nothing of policy to who is denied, unless it was asked for', () => {
    const { judge } = judgeOf(world)
    const metadata = {
      decision: 'Deny',
      reason: 'Policy',
      tier: 'default',
      policy: 'np:shop/api',
    }
    expect(judge.check(checkOf(denied))).toEqual({
      verdict: 'Deny',
      httpStatus: 403,
      headers: [],
      body: '',
      metadata,
    })
    const answers = { denyStatus: 404, denyBody: 'policy' as const, allowHeaders: true }
    expect(judgeOf(world, { answers }).judge.check(checkOf(denied))).toEqual({
      verdict: 'Deny',
      httpStatus: 404,
      headers: [['content-type', 'application/json']],
      body: `${JSON.stringify(metadata)}\n`,
      metadata,
    })
  })

  test('tells the workload which policy allowed, if that was asked for', () => {
    const answers = { denyStatus: 403, denyBody: 'none' as const, allowHeaders: true }
    expect(judgeOf(world, { answers }).judge.check(checkOf(allowed))).toEqual({
      verdict: 'Allow',
      httpStatus: undefined,
      headers: [['x-margay-policy', 'np:shop/api']],
      body: '',
      metadata: {
        decision: 'Allow',
        reason: 'Policy',
        tier: 'default',
        policy: 'np:shop/api',
        rule: 0,
      },
    })
    expect(judgeOf(world).judge.check(checkOf(allowed)).headers).toEqual([])
  })

  test('is none before policy is known, and after what could not be taken in', () => {
    const judge = new PolicyJudge()
    expect(judge.isReady).toBe(false)
    expect(() => judge.check(checkOf(allowed))).toThrow(NotReadyError)
    const told = judgeOf(world).judge
    const unknown = world[0] as never
    expect(() => told.update([{ before: unknown, after: undefined }])).toThrow('was never told')
    expect(told.isReady).toBe(false)
    expect(() => told.check(checkOf(allowed))).toThrow(NotReadyError)
  })

  test('is a denial where something of ours goes wrong, and is given though nobody can be told', () => {
    const { judge, judged, errors } = judgeOf(world)
    const broken = { ...checkOf(allowed), contextExtensions: undefined } as never
    expect(judge.check(broken)).toMatchObject({ verdict: 'Deny', metadata: { reason: 'InternalError' } })
    expect([judged.at(-1)?.reason, errors.length]).toEqual(['InternalError', 1])
    const fail = () => {
      throw new Error('full')
    }
    const { check } = { check: (said: Said) => judgeOf(world, {}).judge.check(checkOf(said)) }
    expect(check(allowed).verdict).toBe('Allow')
    const deaf = new PolicyJudge({ ...defaultJudgeOptions, onJudged: fail, onError: fail })
    deaf.update([])
    expect(deaf.check(broken).verdict).toBe('Deny')
  })
})

test('egress of the source is asked where the kernel sees only the proxy', () => {
  const egress: ResourceObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: 'out' },
    spec: { selector: "app == 'web'", types: ['Egress'], egress: [{ action: 'Deny' }] },
  }
  const said = checkOf({ ...toApi, from: '10.0.0.1' })
  expect(judgeOf([...world, egress]).ask(said).verdict).toBe('Allow')
  const { verdict, direction } = judgeOf([...world, egress], { judges: 'Both' }).ask(said)
  expect([verdict, direction]).toEqual(['Deny', 'Egress'])
})

test('rules that log are met in order, up to the one that decides', () => {
  const logging = policy('log', "app == 'db'", [
    { action: 'Log', source: { nets: ['10.0.0.0/8'] } },
    { action: 'Log', source: { nets: ['192.0.2.0/24'] } },
    { action: 'Allow' },
    { action: 'Log' },
  ])
  const order = { ...logging, spec: { ...(logging as { spec?: object }).spec, order: 1 } }
  const { logged } = judgeOf([...world, order]).ask(checkOf({ from: '10.0.0.2', to: '10.0.0.21' }))
  expect(logged).toEqual([{ tier: 'default', policy: 'np:shop/log', rule: 0 }])
})

test('where a rule asks for source ports, who does not say it is denied, and nobody else', () => {
  const toOdd: Said = { to: '10.0.0.31', port: 8080, http: { path: '/' } }
  expect(outcomeOf({ ...toOdd, principal: web })).toBe('Deny UnknownSourcePort')
  expect(outcomeOf({ ...toOdd, from: '10.0.0.1' })).toBe('Allow Policy')
  expect(outcomeOf({ ...toApi, principal: web })).toBe('Allow Policy')
})
