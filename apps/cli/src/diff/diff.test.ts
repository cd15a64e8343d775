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
    const { exitCode } = await ask('{paths: [{prefix: /}]}', '{methods: ["*"]}')
    expect(exitCode).toBe(0)
  })
})

test('host endpoints whose policies are not the same are named, since what they decide is not worked out', async () => {
  const host = `${pods}---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {host: n1}}
spec: {node: n1, interfaceName: eth0}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nodes}
spec: {selector: host == 'n1', ingress: [{action: Allow, protocol: TCP, destination: {ports: [PORT]}}]}
`
  const side = (port: string) => host.replace('PORT', port)
  const files = { 'a.yaml': side('22'), 'b.yaml': side('23'), 'c.yaml': side('22') }
  expect(await margay(['diff', 'a.yaml', 'b.yaml'], { files })).toMatchObject({
    exitCode: 1,
    out: 'not compared: what host endpoints decide, of which the policies are not the same: n1-eth0\n',
  })
  expect(await margay(['diff', 'a.yaml', 'c.yaml'], { files })).toMatchObject({ exitCode: 0 })
})
