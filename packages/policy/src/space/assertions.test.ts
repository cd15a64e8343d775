import { admit, type NetworkAssertion, type Resource, type ResourceObject } from '@margay/resources'
import { describe, expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { checkAssertions } from './assertions.ts'

const pod = (name: string, ip: string, labels: Record<string, string>): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: { podIP: ip, podIPs: [{ ip }] },
})

const policy = (spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { name: 'db', namespace: 'shop' },
  spec: { selector: "app == 'db'", ...spec },
})

const assertion = (spec: object): ResourceObject => ({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name: 'a' },
  spec,
})

const world: ResourceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  pod('web', '10.0.0.1', { app: 'web' }),
  pod('db', '10.0.0.2', { app: 'db' }),
  policy({
    ingress: [
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { selector: "app == 'web'" },
        destination: { ports: [5432] },
      },
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { nets: ['198.51.100.0/24'] },
        destination: { ports: [5432] },
      },
    ],
  }),
]

function checked(spec: object, ...more: ResourceObject[]) {
  const resources = [...world, ...more, assertion(spec)].map((it): Resource => {
    const admission = admit(it)
    if (!admission.ok) throw new Error(JSON.stringify(admission.issues))
    return admission.resource
  })
  const { state } = buildPolicyState(resources)
  const assertions = resources.filter((it): it is NetworkAssertion => it.kind === 'NetworkAssertion')
  const [result] = checkAssertions(state, assertions)
  if (result === undefined) throw new Error('nothing was checked')
  return { ...result, state }
}

const db = { selector: "app == 'db'" }
const tcp22 = [{ protocol: 'TCP', port: 22 }]
const web = { selector: "app == 'web'" }

describe('host endpoints', () => {
  const host: ResourceObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'n1-eth0', labels: { role: 'node' } },
    spec: { node: 'n1', interfaceName: 'eth0', expectedIPs: ['192.0.2.1'] },
  }
  const node = { selector: "role == 'node'" }

  test('are addresses outside where nothing else is said', () => {
    const { holds, route } = checked({ require: 'always', from: web, to: node, ports: tcp22 }, host)
    expect([holds, route]).toEqual([true, undefined])
  })

  test('are nodes where a side says so, and their own policy counts', () => {
    const side = { ...node, hostEndpoints: true }
    const { holds, route, counterExample } = checked(
      { require: 'always', from: web, to: side, ports: [{ protocol: 'TCP', port: 443 }] },
      host,
    )
    expect(holds).toBe(false)
    expect(route?.flow).toBe(counterExample)
    expect(route?.to?.endpoint?.key).toBe('n1-eth0')
  })

  test('by their labels alone: who has none of them is nobody', () => {
    const other = { hostEndpoints: true, selector: "app == 'web'" }
    expect(checked({ require: 'never', from: {}, to: other }, host)).toMatchObject({
      holds: true,
      isVacuous: true,
    })
  })
})

describe('what must never be possible', () => {
  test('holds where policy forbids it', () => {
    expect(checked({ require: 'never', from: { nets: ['203.0.113.0/24'] }, to: db })).toMatchObject({
      holds: true,
      isVacuous: false,
    })
  })

  test('does not hold where one port is open, and a packet shows it', () => {
    const { holds, counterExample, state } = checked({ require: 'never', from: web, to: db })
    expect(holds).toBe(false)
    expect(counterExample).toMatchObject({ protocol: 6, destinationPort: 5432 })
    expect(counterExample && evaluate(state, counterExample).verdict).toBe('Allow')
  })

  test('one address of a network is enough', () => {
    const { holds, counterExample } = checked({ require: 'never', from: { nets: ['198.51.0.0/16'] }, to: db })
    expect(holds).toBe(false)
    expect(counterExample?.source.address?.value).toBe(0xc6336400n)
  })

  test('other ports do not matter', () => {
    expect(
      checked({ require: 'never', from: web, to: db, ports: [{ protocol: 'TCP', port: '1:5431' }] }).holds,
    ).toBe(true)
  })

  test('between nobody it holds, and says so', () => {
    expect(checked({ require: 'never', from: { selector: 'has(nothing)' }, to: db })).toMatchObject({
      holds: true,
      isVacuous: true,
    })
  })
})

describe('what must always be possible', () => {
  test('holds where policy allows all of it', () => {
    expect(
      checked({ require: 'always', from: web, to: db, ports: [{ protocol: 'TCP', port: 5432 }] }).holds,
    ).toBe(true)
  })

  test('does not hold where a port of the range is shut', () => {
    const { holds, counterExample, state } = checked({
      require: 'always',
      from: web,
      to: db,
      ports: [{ protocol: 'TCP', port: '5432:5433' }],
    })
    expect(holds).toBe(false)
    expect(counterExample).toMatchObject({ protocol: 6, destinationPort: 5433 })
    expect(counterExample && evaluate(state, counterExample).verdict).toBe('Deny')
  })

  test('tunnels out of workloads are not asked for, since no policy can allow them', () => {
    expect(checked({ require: 'always', from: db, to: web }).holds).toBe(true)
  })
})

describe('what is said of HTTP requests', () => {
  const api: ResourceObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'api', namespace: 'shop' },
    spec: {
      selector: "app == 'api'",
      ingress: [
        { action: 'Allow', protocol: 'TCP', http: { methods: ['GET'] } },
        { action: 'Allow', protocol: 'TCP', http: { paths: [{ prefix: '/public' }] } },
      ],
    },
  }
  const checkedHttp = (require: string, http: object, more: object = {}) =>
    checked(
      { require, from: web, to: { selector: "app == 'api'" }, http, ...more },
      pod('api', '10.0.0.3', { app: 'api' }),
      api,
    )

  test.each([
    ['never', { methods: ['PUT'], paths: [{ prefix: '/admin' }] }],
    ['never', { methods: ['PUT', 'POST'], paths: [{ exact: '/publication' }] }],
    ['always', { methods: ['GET'] }],
    ['always', { paths: [{ prefix: '/public/a' }] }],
    ['always', { methods: ['GET'], paths: [{ exact: '/' }, { prefix: '/public' }] }],
  ])('%s %j holds', (require, http) =>
    expect(checkedHttp(require, http)).toMatchObject({ holds: true, isVacuous: false }),
  )

  test.each([
    ['never', { methods: ['PUT'] }, { method: 'PUT', path: '/public' }, 'Allow'],
    ['never', { paths: [{ prefix: '/admin' }] }, { method: 'GET', path: '/admin' }, 'Allow'],
    ['never', {}, { method: 'GET', path: '/public' }, 'Allow'],
    ['always', { methods: ['GET', 'PUT'] }, { method: 'PUT', path: '/' }, 'Deny'],
    ['always', { methods: ['*'], paths: [{ exact: '/' }] }, { method: 'POST', path: '/' }, 'Deny'],
    ['always', { paths: [{ exact: '/publ' }] }, { method: 'POST', path: '/publ' }, 'Deny'],
    ['always', {}, { method: 'POST', path: '/' }, 'Deny'],
  ])('%s %j does not, and a request shows it', (require, http, request, verdict) => {
    const { holds, counterExample, state } = checkedHttp(require, http)
    expect(holds).toBe(false)
    expect(counterExample).toMatchObject({ protocol: 6, http: request })
    expect(counterExample && evaluate(state, counterExample).verdict).toBe(verdict)
  })

  test('of connections without a rule about requests, every request is possible', () => {
    expect(checked({ require: 'never', from: web, to: db, http: { methods: ['GET'] } })).toMatchObject({
      holds: false,
      counterExample: { destinationPort: 5432, http: { method: 'GET', path: '/' } },
    })
  })

  describe('with headers', () => {
    const header = (header: string, operator: string, ...values: string[]) => ({
      header,
      operator,
      ...(values.length > 0 && { values }),
    })
    const allow = (http: object) => ({ action: 'Allow', protocol: 'TCP', http })
    const asked = (require: string, http: object, ...rules: object[]) =>
      checked(
        { require, from: web, to: { selector: "app == 'api'" }, http },
        pod('api', '10.0.0.3', { app: 'api' }),
        { ...api, spec: { selector: "app == 'api'", ingress: rules.map(allow) } } as ResourceObject,
      )
    const admins = { paths: [{ prefix: '/admin' }], headers: [header('X-Role', 'In', 'admin', 'root')] }

    test.each<[string, object, ...object[]]>([
      ['never', { headers: [header('x-role', 'NotIn', 'admin', 'root')] }, admins],
      ['never', { headers: [header('x-role', 'In', 'admin,guest')] }, admins],
      ['never', { headers: [header('x-role', 'DoesNotExist')] }, admins],
      ['always', { paths: [{ exact: '/admin' }], headers: [header('X-ROLE', 'In', 'root')] }, admins],
      ['always', {}, { headers: [header('a', 'Exists')] }, { headers: [header('A', 'DoesNotExist')] }],
      [
        'always',
        { headers: [header('a', 'NotIn', 'x')] },
        { headers: [header('a', 'NotIn', 'x', 'y')] },
        { headers: [header('a', 'Exists')] },
      ],
    ])('%s %j holds', (require, http, ...rules) =>
      expect(asked(require, http, ...rules)).toMatchObject({ holds: true, isVacuous: false }),
    )

    test.each<[string, object, [string, string][], ...object[]]>([
      ['never', { paths: [{ prefix: '/admin' }] }, [['x-role', 'admin']], admins],
      ['always', admins, [['x-role', 'root']], { headers: [header('x-role', 'In', 'admin')] }],
      [
        'never',
        { headers: [header('x-role', 'Exists')] },
        [['x-role', 'admin,other']],
        { headers: [header('x-role', 'NotIn', 'root'), header('x-role', 'Exists')] },
        admins,
      ],
      [
        'always',
        { headers: [header('host', 'In', 'API.example.com.')] },
        [['host', 'api.example.com']],
        { headers: [header('Host', 'In', 'example.com')] },
      ],
    ])('%s %j does not, and a request shows it', (require, http, headers, ...rules) => {
      const { holds, counterExample, state } = asked(require, http, ...rules)
      expect(holds).toBe(false)
      const shown = counterExample?.http as { headers?: ReadonlyMap<string, string> }
      if (headers[0]?.[1] !== 'admin,other') expect([...(shown.headers ?? [])]).toEqual(headers)
      expect(counterExample && evaluate(state, counterExample).verdict).toBe(
        require === 'never' ? 'Allow' : 'Deny',
      )
    })

    test('that no request can have says nothing', () => {
      const http = { headers: [header('a', 'Exists'), header('a', 'DoesNotExist')] }
      expect(asked('never', http, {})).toMatchObject({ holds: true, isVacuous: true })
    })

    test('where they are more than can be looked at, nothing is proved, and only of what needs them all', () => {
      const many = Array.from({ length: 13 }, (_, i) => ({ headers: [header(`x-${i}`, 'Exists')] }))
      const result = asked('never', { methods: ['PUT'] }, ...many)
      expect(result).toMatchObject({ holds: false, isVacuous: false, counterExample: undefined })
      expect(result.unknown).toContain('more than 4,096 kinds of requests')
      const some = { headers: many.map((_, i) => header(`x-${i}`, 'DoesNotExist')) }
      expect(asked('never', some, ...many)).toMatchObject({ holds: true, unknown: undefined })
    })
  })

  test('other ports do not matter', () => {
    expect(
      checked({
        require: 'always',
        from: web,
        to: db,
        http: {},
        ports: [{ protocol: 'TCP', port: 5432 }],
      }).holds,
    ).toBe(true)
  })
})
