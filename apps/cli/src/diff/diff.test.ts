import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const pods = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIPs: [{ip: 10.0.0.3}]}
`
const policy = (ports: string, kind = 'NetworkPolicy', more = '') => `
apiVersion: projectcalico.org/v3
kind: ${kind}
metadata: {name: db, namespace: shop}
spec:
  ${more}
  selector: app == 'db'
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: ${ports}}}
`
const files = {
  'old/pods.yaml': pods,
  'old/db.yaml': policy('[5432, 5433]'),
  'new/pods.yaml': pods,
  'new/db.yaml': policy('[5432, 8443]'),
  'same/all.yaml': `${pods}---${policy('["5432:5433"]')}`,
  'staged/all.yaml': `${pods}---${policy('[5432]')}---${policy('[5432, 9187]', 'StagedNetworkPolicy')}`,
  'gone/all.yaml':
    `${pods}---${policy('[5432]')}---${policy('[]', 'StagedNetworkPolicy', 'stagedAction: Delete')}`.replace(
      / {2}selector: app == 'db'\n {2}ingress:\n.*ports: \[\]\}\}\n/,
      '',
    ),
}

describe('two directories', () => {
  test('what is gained and lost, exit code 1', async () => {
    const { exitCode, out } = await margay(['diff', 'old', 'new'], { files })
    expect(exitCode).toBe(1)
    expect(out.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['CHANGE', 'FROM', 'TO', 'IP', 'CONNECTIONS'],
      ['gained', 'shop/web', 'shop/db', '4', 'TCP 8443'],
      ['lost', 'shop/web', 'shop/db', '4', 'TCP 5433'],
      [''],
    ])
  })

  test('the same meaning, however it is written, exit code 0', async () => {
    expect(await margay(['diff', 'old', 'same'], { files })).toEqual({
      exitCode: 0,
      out: 'both mean the same: no connection is gained or lost\n',
      err: '',
    })
  })

  test('for a pull request', async () => {
    const { out } = await margay(['diff', 'old', 'new', '-o', 'markdown'], { files })
    expect(out).toContain('**Connections: 1 gained, 1 lost**')
    expect(out).toContain('| ➕ gained | shop/web | shop/db | 4 | TCP 8443 |')
  })

  test('for scripts', async () => {
    const { out } = await margay(['diff', 'old', 'new', '-o', 'json'], { files })
    expect(JSON.parse(out)).toMatchObject({
      same: false,
      changes: [
        { change: 'gained', connections: [{ protocol: 'TCP', ports: ['8443'] }] },
        { change: 'lost', connections: [{ protocol: 'TCP', ports: ['5433'] }] },
      ],
    })
  })
})

describe('staged policies', () => {
  test('one takes the place of the enforced one of its name', async () => {
    const { exitCode, out } = await margay(['diff', '--staged', 'staged'], { files })
    expect(exitCode).toBe(1)
    expect(out).toMatch(/^gained +shop\/web +shop\/db +4 +TCP 9187$/m)
    expect(out).not.toContain('lost')
  })

  test('stagedAction: Delete removes it', async () => {
    const { out } = await margay(['diff', '--staged', 'gone'], { files })
    expect(out).toMatch(/^gained +outside \(0\.0\.0\.0\/0\) +shop\/db +4 +everything$/m)
  })
})

describe('a revision of Git', () => {
  const revision: Record<string, string> = {
    'deploy/pods.yaml': pods,
    'deploy/db.yaml': policy('[5433]'),
    'README.md': '#',
  }
  const git = (args: readonly string[]) => {
    if (args[0] === 'ls-tree') return Object.keys(revision).join('\0')
    return revision[(args[1] ?? '').replace('main:', '')] ?? ''
  }

  test('against what is here', async () => {
    const { out } = await margay(['diff', 'main:deploy/', 'new'], { files, git })
    expect(out).toMatch(/^gained +shop\/web +shop\/db +4 +TCP 5432, 8443$/m)
    expect(out).toMatch(/^lost +shop\/web +shop\/db +4 +TCP 5433$/m)
  })

  test('without such a path', async () => {
    expect(await margay(['diff', 'main:other', 'new'], { files, git })).toMatchObject({
      exitCode: 2,
      err: 'error: cannot read main:other: no such file or directory in that revision\n',
    })
  })

  test('without Git', async () => {
    expect(await margay(['diff', 'main:deploy', 'new'], { files })).toMatchObject({ exitCode: 3 })
  })
})

describe('what is not asked right', () => {
  test.each([
    [['old'], 'give OLD and NEW, or one side and --staged'],
    [['--live'], 'give NEW, or one side and --staged'],
    [['-', '-'], 'only one side can be standard input'],
    [['old', 'new', '--staged'], '--staged compares one side with itself'],
  ])('%j', async (args, message) => {
    const { exitCode, err } = await margay(['diff', ...args], { files })
    expect(exitCode).toBe(2)
    expect(err).toContain(message)
  })
})

describe('HTTP requests', () => {
  const web = (http: string) => `${pods}---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  ingress:
    - {action: Allow, protocol: TCP, destination: {ports: [80]}, http: ${http}}
`
  const ask = (old: string, now: string) =>
    margay(['diff', 'old', 'new'], { files: { 'old/a.yaml': web(old), 'new/a.yaml': web(now) } })

  test('other methods are a difference, though the same connections are possible', async () => {
    const { exitCode, out } = await ask('{methods: [GET]}', '{methods: [GET, PUT]}')
    expect(exitCode).toBe(1)
    expect(out).toMatch(/^gained +shop\/web +shop\/db +4 +PUT over TCP 80$/m)
    expect(out).not.toContain('lost')
  })

  test('a path less', async () => {
    const { out } = await ask('{paths: [{prefix: /a}, {exact: /b}]}', '{paths: [{prefix: /a}]}')
    expect(out).toMatch(/^lost +shop\/web +shop\/db +4 +any method \/b over TCP 80$/m)
  })

  test('each method that is named is told, also of those that are treated alike', async () => {
    const { out } = await ask('{methods: [GET]}', '{methods: [GET, PUT, POST]}')
    expect(out).toMatch(/ POST, PUT over TCP 80$/m)
  })

  test('the same requests, said otherwise, are none', async () => {
    const { exitCode } = await ask(
      '{paths: [{prefix: /}, {prefix: /a}]}',
      '{methods: ["*"], paths: [{prefix: /}]}',
    )
    expect(exitCode).toBe(0)
  })

  test('another header', async () => {
    const role = (...values: string[]) =>
      `{headers: [{header: X-Role, operator: In, values: [${values.join()}]}]}`
    const { exitCode, out } = await ask(role('a', 'b'), role('b', 'c'))
    expect(exitCode).toBe(1)
    expect(out).toMatch(/^gained +shop\/web +shop\/db +4 +every request with X-Role: c over TCP 80$/m)
    expect(out).toMatch(/^lost +shop\/web +shop\/db +4 +every request with X-Role: a over TCP 80$/m)
  })

  test('a header in Markdown and in JSON', async () => {
    const files = {
      'old/a.yaml': web('{methods: [GET]}'),
      'new/a.yaml': web('{methods: [GET], headers: [{header: X-Role, operator: Exists}]}'),
    }
    const { out } = await margay(['diff', 'old', 'new', '-o', 'markdown'], { files })
    expect(out).toContain('| ➖ lost | shop/web | shop/db | 4 | GET without X-Role over TCP 80 |')
    const { changes } = JSON.parse((await margay(['diff', 'old', 'new', '-o', 'json'], { files })).out)
    expect(changes[0].requests).toEqual([
      { method: 'GET', path: '/…', headers: [{ name: 'x-role', absent: true, values: [] }] },
    ])
  })

  test('headers in another order, and names in another case, are none', async () => {
    const [one, other] = [
      '{header: X-Role, operator: In, values: [a, b]}',
      '{header: x-debug, operator: Exists}',
    ]
    const again = '{header: X-ROLE, operator: In, values: [b, a]}'
    const { exitCode } = await ask(`{headers: [${one}, ${other}]}`, `{headers: [${other}, ${again}]}`)
    expect(exitCode).toBe(0)
  })

  test('a path that can not be normalised is none of those below /', async () => {
    const { exitCode, out } = await ask('{paths: [{prefix: /}]}', '{methods: ["*"]}')
    expect(exitCode).toBe(1)
    expect(out).toMatch(
      /^gained +shop\/web +shop\/db +4 +any method paths that can't be normalised over TCP 80$/m,
    )
  })
})

describe('host endpoints', () => {
  const host = (name: string, more = '', at = 'interfaceName: eth0') => `---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: ${name}, labels: {host: n1}}
spec: {node: n1, ${at}}
${more}`
  const nodes = (spec: string) => `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec: {selector: host == 'n1', ${spec}}
`
  const open = (ports: string) =>
    nodes(`ingress: [{action: Allow, protocol: TCP, destination: {ports: [${ports}]}}]`)
  const diff = async (old: string, now: string, ...more: string[]) => {
    const files = { 'old.yaml': `${pods}${old}`, 'new.yaml': `${pods}${now}` }
    const { exitCode, out } = await margay(['diff', 'old.yaml', 'new.yaml', ...more], { files })
    return { exitCode, lines: out.split('\n').map((line) => line.split(/ {3,}/)), out }
  }

  test('what they let to their node now, and what no more', async () => {
    const { exitCode, lines } = await diff(host('eth0') + open('8022'), host('eth0') + open('8023'))
    expect(exitCode).toBe(1)
    expect(lines[0]).toEqual(['HOST ENDPOINT', 'STAGE', 'NOW', 'FROM', 'TO', 'IP', 'PACKETS'])
    expect(lines.slice(1)).toEqual([
      ['eth0', 'to the node', 'allowed', 'everywhere', 'everywhere', '4, 6', 'TCP 8023'],
      ['eth0', 'to the node', 'denied', 'everywhere', 'everywhere', '4, 6', 'TCP 8022'],
      [''],
    ])
  })

  test('the same, said otherwise and under another name, is no difference', async () => {
    const old = host('eth0') + open('8022, 8023')
    expect(await diff(old, host('n1-eth0') + open('"8022:8023"'))).toMatchObject({ exitCode: 0 })
  })

  test('a port that is a failsafe port anyway is no difference', async () => {
    expect(await diff(host('eth0') + open('22'), host('eth0'))).toMatchObject({ exitCode: 0 })
    expect(await diff(host('eth0') + open('22, 8022'), host('eth0') + open('8022'))).toMatchObject({
      exitCode: 0,
    })
    expect(await diff(host('eth0') + open('8022'), host('eth0'))).toMatchObject({ exitCode: 1 })
  })

  test('what comes before DNAT decides about the node too: later rules do not matter then', async () => {
    const closed = nodes('preDNAT: true, applyOnForward: true, ingress: [{action: Deny}]').replace(
      'name: nodes',
      'name: early',
    )
    const felix = `---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {failsafeInboundHostPorts: []}
`
    const old = host('eth0') + closed + open('8022')
    const now = host('eth0') + closed + open('8023')
    expect(await diff(felix + old, felix + now)).toMatchObject({ exitCode: 0 })
    // What a failsafe port saves may be translated into whatever the later rules speak of.
    expect(await diff(old, now)).toMatchObject({ exitCode: 1 })
  })

  test('one less: the one for all interfaces governs then', async () => {
    const all = host('all', '', "interfaceName: '*'").replace('{host: n1}', '{}')
    const { out } = await diff(all + host('eth0') + open('8022'), all + open('8022'))
    expect(out).toMatch(/^eth0 \(now all\) +to the node +denied .*TCP 8022$/m)
  })

  test('one less, and none governs', async () => {
    const { out } = await diff(host('eth0') + open('8022'), open('8022'))
    expect(out).toMatch(/^eth0 \(gone\) +to the node +undecided .*everything$/m)
  })

  test('for scripts and for a pull request', async () => {
    const [old, now] = [host('eth0') + open('8022'), host('eth0') + open('8022, 8023')]
    const { out } = await diff(old, now, '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({
      same: false,
      changes: [],
      hosts: expect.arrayContaining([
        expect.objectContaining({
          hosts: [{ before: 'eth0', after: 'eth0' }],
          stage: 'Normal',
          direction: 'Ingress',
          now: 'allowed',
          packets: [{ protocol: 'TCP', ports: ['8023'] }],
        }),
      ]),
      settings: [],
      unclear: [],
      named: [],
    })
    const markdown = await diff(old, now, '-o', 'markdown')
    expect(markdown.out).toContain('**Host endpoints decide otherwise**')
  })

  test('who governs may depend on what only the node knows', async () => {
    const byAddress = host('other', '', 'expectedIPs: [192.0.2.1]')
    const { exitCode, out } = await diff(host('eth0'), host('eth0') + byAddress)
    expect(exitCode).toBe(1)
    expect(out).toContain("depends on the interface's addresses on nodes: n1\n")
  })

  test('settings of nodes that decide what passes', async () => {
    const felix = (action: string) => `---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {defaultEndpointToHostAction: ${action}}
`
    const { exitCode, out } = await diff(host('eth0') + felix('Drop'), host('eth0') + felix('Accept'))
    expect(exitCode).toBe(1)
    expect(out).toBe('defaultEndpointToHostAction differs on nodes: n1\n')
  })
})
