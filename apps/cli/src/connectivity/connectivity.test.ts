import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-2, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIPs: [{ip: 10.0.0.3}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  types: [Ingress, Egress]
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}
    - {action: Allow, protocol: UDP, source: {nets: [198.51.100.0/24]}}
`
const files = { 'c.yaml': cluster }
const ask = (...flags: string[]) => margay(['connectivity', '-f', 'c.yaml', ...flags], { files })

test('workloads that are alike share a line, and who has no line talks to nobody', async () => {
  const { exitCode, out } = await ask()
  expect(exitCode).toBe(0)
  expect(out.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
    ['FROM', 'TO', 'CONNECTIONS'],
    ['198.51.100.0/24', 'shop/db', 'UDP'],
    ['outside (0.0.0.0/0)', 'shop/web, shop/web-2', 'everything'],
    ['shop/web, shop/web-2', 'outside (0.0.0.0/0)', 'everything but IPIP and UDP 4789'],
    ['shop/web, shop/web-2', 'shop/db', 'TCP 5432'],
    ['shop/web, shop/web-2', 'shop/web, shop/web-2', 'everything but IPIP and UDP 4789'],
    [''],
  ])
})

test('only those that are asked for', async () => {
  expect((await ask('--to', 'shop/db', '--from', 'shop')).out.split('\n')).toHaveLength(3)
  expect((await ask('--from', 'elsewhere')).out).toBe('nobody can talk to anybody\n')
})

describe('for scripts', () => {
  test('JSON', async () => {
    const { out } = await ask('--to', 'shop/db', '-o', 'json')
    expect(JSON.parse(out)).toEqual({
      connections: [
        {
          ipVersions: [4],
          from: { workloads: [], outside: ['198.51.100.0/24'] },
          to: { workloads: ['shop/db'], outside: [] },
          connections: [{ protocol: 'UDP' }],
          text: 'UDP',
        },
        {
          ipVersions: [4],
          from: { workloads: ['shop/web', 'shop/web-2'], outside: [] },
          to: { workloads: ['shop/db'], outside: [] },
          connections: [{ protocol: 'TCP', ports: ['5432'] }],
          text: 'TCP 5432',
        },
      ],
    })
  })

  test('CSV has a line for each pair', async () => {
    expect((await ask('--to', 'shop/db', '-o', 'csv')).out).toBe(
      'from,to,ip,connections\r\n198.51.100.0/24,shop/db,4,UDP\r\nshop/web,shop/db,4,TCP 5432\r\nshop/web-2,shop/db,4,TCP 5432\r\n',
    )
  })
})

describe('as pictures', () => {
  test('DOT', async () => {
    expect((await ask('--to', 'shop/db', '-o', 'dot')).out).toBe(
      [
        'digraph connectivity {',
        '  rankdir=LR;',
        '  node [shape=box];',
        '  n0 [label="198.51.100.0/24"];',
        '  n1 [label="shop/db"];',
        '  n2 [label="shop/web, shop/web-2"];',
        '  n0 -> n1 [label="UDP"];',
        '  n2 -> n1 [label="TCP 5432"];',
        '}',
        '',
      ].join('\n'),
    )
  })

  test('Mermaid', async () => {
    const { out } = await ask('--to', 'shop/db', '-o', 'mermaid')
    expect(out).toMatch(/^flowchart LR\n/)
    expect(out).toContain('n2 -->|"TCP 5432"| n1')
  })

  test('SVG names both ends and what passes', async () => {
    const { out } = await ask('--to', 'shop/db', '-o', 'svg')
    expect(out).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    expect(out).toContain('<title>shop/web, shop/web-2 to shop/db: TCP 5432</title>')
  })
})

describe('HTTP requests', () => {
  const limited = `${cluster}---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'db'}, destination: {ports: [80, 81]}, http: {methods: [GET, HEAD], paths: [{prefix: /api}]}}
    - {action: Allow, protocol: TCP, source: {selector: app == 'db'}, destination: {ports: [81]}, http: {paths: [{exact: /health}]}}
    - {action: Allow, protocol: TCP, source: {selector: app == 'db'}, destination: {ports: [443]}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db-out, namespace: shop}
spec: {selector: app == 'db', egress: [{action: Allow}]}
`
  const http = (...flags: string[]) =>
    margay(['connectivity', '-f', 'c.yaml', ...flags], { files: { 'c.yaml': limited } })

  test('connections that carry some only say which', async () => {
    const { out } = await http('--from', 'shop/db', '--to', 'shop')
    expect(out.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['FROM', 'TO', 'CONNECTIONS', 'ONLY REQUESTS'],
      [
        'shop/db',
        'shop/web, shop/web-2',
        'TCP 80:81, 443',
        'TCP 80: GET, HEAD /api/… | TCP 81: any method /health; GET, HEAD /api/…',
      ],
      [''],
    ])
  })

  test('where every request is possible, nothing is said', async () => {
    expect((await http('--to', 'shop/db')).out).not.toContain('REQUESTS')
  })

  test('CSV and pictures', async () => {
    const { out } = await http('--from', 'shop/db', '--to', 'shop/web', '-o', 'csv')
    const only = 'TCP 80: GET, HEAD /api/… | TCP 81: any method /health; GET, HEAD /api/…'
    expect(out.split('\r\n').slice(0, 2)).toEqual([
      'from,to,ip,connections,only_requests',
      `shop/db,shop/web,4,"TCP 80:81, 443","${only}"`,
    ])
    expect((await http('--from', 'shop/db', '--to', 'shop', '-o', 'dot')).out).toContain(
      `[label="TCP 80:81, 443 (of requests only ${only})"]`,
    )
  })

  test('JSON has each request, by the connections that carry them', async () => {
    const { out } = await http('--from', 'shop/db', '--to', 'shop/web', '-o', 'json')
    const [{ carrying }] = JSON.parse(out).connections
    expect(carrying[0]).toEqual({
      connections: [{ protocol: 'TCP', ports: ['80'] }],
      requests: [
        { method: 'GET', path: '/api/…' },
        { method: 'HEAD', path: '/api/…' },
      ],
      text: 'GET, HEAD /api/…',
    })
  })

  test.each([
    ['GET /api/users', 'TCP 80:81, 443'],
    ['PUT /health', 'TCP 81, 443'],
    ['PUT /api', 'TCP 443'],
  ])('--http asks about one: %s', async (request, connections) => {
    const { out } = await http('--from', 'shop/db', '--to', 'shop/web', '--http', request)
    expect(out.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['FROM', 'TO', 'CONNECTIONS'],
      ['shop/db', 'shop/web, shop/web-2', connections],
      [''],
    ])
  })

  test('the request stands in JSON, and nobody may send it', async () => {
    const { out } = await http('--http', 'GET /', '--from', 'elsewhere', '-o', 'json')
    expect(JSON.parse(out)).toEqual({ request: { method: 'GET', path: '/' }, connections: [] })
    expect((await http('--http', 'GET /', '--from', 'elsewhere')).out).toBe(
      'nobody can send GET / to anybody\n',
    )
  })

  describe('headers', () => {
    const asking = (...http: string[]) => `${cluster}---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  ingress:
${http.map((it) => `    - {action: Allow, protocol: TCP, destination: {ports: [80]}, http: ${it}}\n`).join('')}`
    const admins =
      '{methods: [GET], paths: [{exact: /api}], headers: [{header: X-Role, operator: In, values: [admin]}, {header: X-Debug, operator: DoesNotExist}]}'
    const with_ = (http: string[], ...flags: string[]) =>
      margay(['connectivity', '-f', 'c.yaml', '--to', 'shop/web', ...flags], {
        files: { 'c.yaml': asking(...http) },
      })

    test('a request says what its headers must be', async () => {
      expect((await with_([admins])).out).toMatch(
        / {3}TCP 80: GET \/api with X-Role: admin and without X-Debug\n/,
      )
    })

    test('JSON has the headers of each request', async () => {
      const { out } = await with_([admins], '-o', 'json')
      const [{ carrying }] = JSON.parse(out).connections
      expect(carrying[0].requests).toEqual([
        {
          method: 'GET',
          path: '/api',
          headers: [
            { name: 'x-role', absent: false, values: ['admin'] },
            { name: 'x-debug', absent: true, values: [] },
          ],
        },
      ])
    })

    test('CSV and YAML say the same', async () => {
      expect((await with_([admins], '-o', 'csv')).out).toContain(
        'TCP 80: GET /api with X-Role: admin and without X-Debug',
      )
      expect((await with_([admins], '-o', 'yaml')).out).toContain('name: x-role')
    })

    test.each([
      [['X-Role: admin'], 'TCP 80'],
      [['x-role:admin'], 'TCP 80'],
      [['X-Role: admin', 'X-Role: guest'], undefined],
      [['X-Role: admin', 'X-Debug: 1'], undefined],
      [[], undefined],
    ])('--header asks about one: %j', async (headers, connections) => {
      const { out } = await with_(
        [admins],
        '--http',
        'GET /api',
        ...headers.flatMap((it) => ['--header', it]),
      )
      if (connections === undefined) expect(out).toBe('nobody can send GET /api to anybody\n')
      else expect(out).toMatch(new RegExp(` {3}${connections}\n`))
    })

    test.each([
      [['--header', 'X-Role: a'], 'headers are those of a request; say which, with --http'],
      [
        ['--http', 'GET /', '--header', 'X-Role'],
        '--header: must be a name and a value, as "X-Team: a", not "X-Role"',
      ],
    ])('what is no header is refused: %j', async (flags, message) => {
      const { exitCode, err } = await with_([admins], ...flags)
      expect([exitCode, err]).toEqual([2, expect.stringContaining(message)])
    })

    test('what is more than can be looked at is said to be so, in one line', async () => {
      const many = Array.from({ length: 13 }, (_, i) => `{headers: [{header: X-${i}, operator: Exists}]}`)
      const { exitCode, out, err } = await with_(many)
      expect([exitCode, out]).toEqual([2, ''])
      expect(err).toMatch(/^[^\n]*more than 4,096 kinds of requests apart, by the headers x-0, x-1,[^\n]*\n$/)
    })
  })

  test('what is no request is refused', async () => {
    const { exitCode, err } = await http('--http', '/api')
    expect([exitCode, err]).toEqual([2, expect.stringContaining('--http: must be a method and a path')])
  })
})
