/** Questions about more than pods and plain connections. */
import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: main, ports: [{name: http, containerPort: 8080}]}]}
status: {podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop, labels: {app: web, version: new}}
spec: {nodeName: n2, containers: [{name: main, ports: [{name: http, containerPort: 9090}]}]}
status: {podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: admin, port: 81, targetPort: 9999}]}
---
apiVersion: v1
kind: Service
metadata: {name: listed, namespace: shop}
spec: {ports: [{name: main, port: 443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: listed-1, namespace: shop, labels: {kubernetes.io/service-name: listed}}
addressType: IPv4
ports: [{name: main, port: 8443}]
endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2], conditions: {ready: false}}]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: office}
spec: {nets: [198.51.100.0/24, '2001:db8:1::/48']}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: partners, namespace: shop}
spec: {nets: [203.0.113.0/24]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: node}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [192.0.2.10]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec:
  selector: role == 'node'
  types: [Ingress, Egress]
  ingress: [{action: Allow, protocol: TCP, source: {nets: [198.51.100.0/24]}, destination: {ports: [443]}}]
  egress: [{action: Allow, protocol: TCP, destination: {ports: [53]}}]
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  ingress:
    - {action: Allow, protocol: TCP, destination: {ports: [8080]}, http: {methods: [GET], paths: [{prefix: /api}]}}
    - {action: Allow, protocol: TCP, destination: {ports: [8081]}, http: {headers: [{header: X-Team, operator: In, values: [a]}]}}
    - {action: Allow, protocol: TCP, destination: {ports: [8081]}, http: {headers: [{header: host, operator: In, values: [shop.example]}]}}
    - {action: Allow, protocol: TCP, source: {nets: [198.51.100.128/25, 203.0.113.0/24, 192.0.2.10/32]}, destination: {ports: [9090]}}
    - {action: Allow, protocol: UDP, source: {ports: [53]}}
    - {action: Allow, protocol: ICMP, icmp: {type: 8, code: 3}}
    - {action: Allow, protocol: ICMPv6}
---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {stagedAction: Delete}
`
const files = { 'c.yaml': cluster }
const query = (...flags: string[]) => margay(['query', '-f', 'c.yaml', ...flags], { files })
const verdict = async (from: string, to: string, ...flags: string[]) => {
  const { out, err } = await query('--from', from, '--to', to, ...flags)
  return out === '' ? err : out.split('\n')[0]
}

describe('details of a connection', () => {
  test.each([
    ['a port with its protocol', ['--port', '8080/tcp'], 'Allow'],
    ['another source port', ['--port', '9/udp', '--source-port', '54'], 'Deny'],
    ['the source port', ['--port', '9/udp', '--source-port', '53'], 'Allow'],
    ['a ping', ['--protocol', 'icmp'], 'Deny'],
    ['its code', ['--protocol', 'icmp', '--icmp-code', '3'], 'Allow'],
    ['another type', ['--protocol', 'icmp', '--icmp-type', '13', '--icmp-code', '3'], 'Deny'],
    ['a request', ['--port', '8080', '--http', 'GET /api/users'], 'Allow'],
    ['another method', ['--port', '8080', '--http', 'POST /api/users'], 'Deny'],
    ['another path', ['--port', '8080', '--http', 'GET /admin'], 'Deny'],
    ['a path in another spelling', ['--port', '8080', '--http', 'GET //api/./users?x=/admin'], 'Allow'],
    ['a path that leaves', ['--port', '8080', '--http', 'GET /api/%2e%2e/admin'], 'Deny'],
    ['a header', ['--port', '8081', '--http', 'GET /', '--header', 'x-team: a'], 'Allow'],
    ['another header', ['--port', '8081', '--http', 'GET /', '--header', 'x-team: b'], 'Deny'],
    ['a host', ['--port', '8081', '--http', 'GET /', '--header', 'Host: Shop.Example:80'], 'Allow'],
    ['no header', ['--port', '8081', '--http', 'GET /'], 'Deny'],
    ['the version that both have', ['--protocol', 'icmpv6', '--ip-version', '6'], 'Allow'],
    ['an address of a workload that nobody knows', ['--port', '9090', '--from-ip', '203.0.113.9'], 'Allow'],
    ['another one', ['--port', '9090', '--from-ip', '203.0.114.9'], 'Deny'],
    ['as if what is staged were enforced', ['--port', '1', '--staged'], 'Allow'],
  ])('%s', async (_name, flags, wanted) => {
    expect(await verdict('shop/db', 'shop/web', ...flags)).toBe(wanted)
  })

  test.each([
    [['--port', '80/tcp', '--protocol', 'udp'], '--port 80/tcp and --protocol udp do not go together'],
    [['--port', '80', '--icmp-type', '8'], '--icmp-type: only ICMP and ICMPv6 have types and codes'],
    [['--protocol', 'icmp', '--icmp-type', '256'], '--icmp-type: must be a number from 0 to 255'],
    [['--port', '80', '--ip-version', '5'], '--ip-version: must be 4 or 6'],
    [['--port', '80/udp', '--http', 'GET /'], '--http: HTTP runs over TCP'],
    [['--port', '80', '--http', 'GET /a b'], '--http: must be a method and a path'],
    [['--port', '80', '--http', '/a'], '--http: must be a method and a path'],
    [
      ['--port', '80', '--header', 'x: a'],
      '--header: headers are those of a request; say which, with --http',
    ],
    [
      ['--port', '80', '--http', 'GET /', '--header', 'x'],
      '--header: must be a name and a value, as "X-Team: a"',
    ],
    [['--port', '80', '--http', 'GET /', '--header', 'a b: c'], '--header: "a b" is no name of a header'],
    [['--port', '80', '--source-port', 'x'], '--source-port: port must be a number from 0 to 65535'],
    [['--port', '80', '--to-ip', '10.9.9.9'], 'shop/web does not have the address 10.9.9.9'],
    [['--port', '80', '--to-ip', 'here'], '"here" is no IP address'],
  ])('%j is refused', async (flags, message) => {
    const { exitCode, err } = await query('--from', 'shop/db', '--to', 'shop/web', ...flags)
    expect([exitCode, err]).toEqual([2, expect.stringContaining(message)])
  })

  test.each(['*', 'http://shop/api', '/api/%00'])(
    'of a path that can not be normalised, %s, it is said what that means',
    async (path) => {
      const flags = ['--from', 'shop/db', '--to', 'shop/web', '--port', '8080', '--http', `GET ${path}`]
      const { exitCode, err } = await query(...flags)
      expect([exitCode, err]).toEqual([
        1,
        expect.stringMatching(/^note: the path of this GET can not be normalised/),
      ])
    },
  )

  test('a file of queries has headers by name', async () => {
    const about = { from: 'shop/db', to: 'shop/web', port: 8081, method: 'GET', path: '/?a=b' }
    const asked = [{ 'x-team': 'a' }, { 'X-TEAM': 'b' }, { 'x-team': ['a', 'a'] }, undefined].map(
      (headers, id) => ({ id, ...about, headers }),
    )
    const { out } = await margay(['query', '-f', 'c.yaml', '--queries', '-', '-o', 'json'], {
      files,
      stdin: JSON.stringify(asked),
    })
    const verdicts = (JSON.parse(out) as { verdict: string }[]).map((it) => it.verdict)
    expect(verdicts).toEqual(['Allow', 'Deny', 'Deny', 'Deny'])
  })

  test.each([
    [{ headers: { x: 1 } }, 'query 1: headers: the value of x must be a text of one line'],
    [{ headers: 'x' }, 'query 1: headers: must be values by name'],
    [{ path: undefined }, 'query 1: http: must be a method and a path'],
  ])('in a file %j is refused', async (fields, message) => {
    const asked = { id: 1, from: 'shop/db', to: 'shop/web', port: 8081, method: 'GET', path: '/', ...fields }
    const stdin = JSON.stringify([asked])
    const { exitCode, err } = await margay(['query', '-f', 'c.yaml', '--queries', '-'], { files, stdin })
    expect([exitCode, err]).toEqual([2, expect.stringContaining(message)])
  })

  test('a file of queries says the same by its fields', async () => {
    const asked = [
      { id: 1, from: 'shop/db', to: 'shop/web', protocol: 'UDP', port: 9, sourcePort: 53 },
      { id: 2, from: 'shop/db', to: 'shop/web', protocol: 'ICMP', icmpType: 8, icmpCode: 3 },
      { id: 3, from: 'shop/db', to: 'shop/web', port: 8080, method: 'POST', path: '/api' },
      { id: 4, from: 'shop/db', to: 'shop/web', port: 9090, fromIp: '203.0.113.9', ipVersion: 4 },
    ]
    const { out } = await margay(['query', '-f', 'c.yaml', '--queries', '-', '-o', 'json'], {
      files,
      stdin: JSON.stringify(asked),
    })
    expect(JSON.parse(out).map((it: { verdict: string }) => it.verdict)).toEqual([
      'Allow',
      'Allow',
      'Deny',
      'Allow',
    ])
  })
})

describe('peers that are several places', () => {
  test.each([
    ['all of a network set alike', 'netset/shop/partners', 'shop/other', '9090', 'Allow'],
    ['by its name alone', 'netset/partners', 'shop/other', '9090', 'Allow'],
    ['a part of a network set', 'globalnetworkset/office', 'shop/other', '9090', 'Mixed'],
    ['none of it', 'globalnetworkset/office', 'shop/other', '9091', 'Deny'],
    ['a CIDR', '198.51.100.128/26', 'shop/other', '9090', 'Allow'],
    ['a CIDR of which rules tell parts apart', '0.0.0.0/0', 'shop/other', '9090', 'Mixed'],
    ['the pods behind a service, each by its own port', 'shop/db', 'svc/shop/web', '80', 'Mixed'],
    ['what is listed, and ready, behind a service', '203.0.113.1', 'svc/shop/listed', '443', 'Deny'],
    ['a service that connects', 'svc/shop/web', 'shop/db', '1', 'Allow'],
  ])('%s', async (_name, from, to, port, wanted) => {
    expect(await verdict(from, to, '--port', port)).toBe(wanted)
  })

  test('says which part is which', async () => {
    const { exitCode, out } = await query('--from', 'shop/db', '--to', 'svc/shop/web', '--port', '80')
    expect(exitCode).toBe(1)
    expect(out.split('\n')).toEqual([
      'Mixed',
      '  Allow: shop/db to shop/web:8080',
      '  Deny: shop/db to shop/other:9090: Ingress of shop/other: tier default, np:shop/web end of tier: Deny',
      '',
    ])
    const json = await query(
      '--from',
      '198.51.100.0/24',
      '--to',
      'shop/other',
      '--port',
      '9090',
      '-o',
      'json',
    )
    expect(JSON.parse(json.out)).toEqual({
      verdict: 'Mixed',
      parts: [
        { from: '198.51.100.0/24 except 198.51.100.128/25', to: 'shop/other', verdict: 'Deny' },
        { from: '198.51.100.128/25', to: 'shop/other', verdict: 'Allow' },
      ],
    })
  })

  test.each([
    ['svc/shop/none', 'no pod, workload or address is called "svc/shop/none"'],
    ['netset/none', 'no pod, workload or address is called "netset/none"'],
    ['host/none', 'no pod, workload or address is called "host/none"'],
  ])('%s is refused', async (to, message) => {
    expect(await verdict('shop/db', to, '--port', '80')).toContain(message)
  })

  test('a port that a service does not have leads nowhere', async () => {
    expect(await verdict('shop/db', 'svc/shop/web', '--port', '82')).toContain(
      'nothing is behind svc/shop/web port 82',
    )
  })
})

describe('nodes', () => {
  test.each([
    ['to its allowed port', '198.51.100.7', 'host/n1-eth0', '443', 'Allow'],
    ['to another port', '198.51.100.7', 'host/n1-eth0', '80', 'Deny'],
    ['to a failsafe port', '203.0.113.7', 'host/n1-eth0', '22', 'Allow'],
    ['out, to a port that its policy has', 'host/n1-eth0', '203.0.113.7', '53', 'Allow'],
    ['out, to another port', 'host/n1-eth0', '203.0.113.7', '80', 'Deny'],
    ['to a workload of its own, whatever policy says', 'host/n1-eth0', 'shop/web', '7', 'Allow'],
    ['to a workload of another node: its own egress first', 'host/n1-eth0', 'shop/other', '9090', 'Deny'],
    ['to its own node, which takes nothing from workloads', 'shop/web', 'host/n1-eth0', '443', 'Deny'],
    ['the node by its name', 'shop/other', 'host/n1', '443', 'no pod'],
  ])('%s', async (_name, from, to, port, wanted) => {
    expect(await verdict(from, to, '--port', port)).toContain(wanted)
  })

  test('--explain tells each stage on the way', async () => {
    const { out } = await query('--from', 'shop/other', '--to', 'host/n1-eth0', '--port', '443', '--explain')
    expect(out.split('\n')).toEqual([
      'Deny',
      '  Workload egress of shop/other: profile kns.shop: Allow',
      '  Normal ingress of n1-eth0: tier default, gnp:nodes end of tier: Deny',
      '',
    ])
  })
})

test('--explain tells what staged policies would say beside what is', async () => {
  const { out } = await query('--from', 'shop/db', '--to', 'shop/web', '--port', '1', '--explain')
  expect(out.split('\n')).toEqual([
    'Deny',
    '  Egress of shop/db: profile kns.shop: Allow',
    '  Ingress of shop/web: tier default, np:shop/web end of tier: Deny',
    '  staged policies would say Allow:',
    '    Egress of shop/db: profile kns.shop: Allow',
    '    Ingress of shop/web: profile kns.shop: Allow',
    '',
  ])
})
