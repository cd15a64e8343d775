import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup, namespace: ops}
spec:
  jobTemplate:
    spec: {template: {metadata: {labels: {app: backup}}, spec: {}}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  ingress:
    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [sql]}}
    - {action: Allow, protocol: TCP, source: {nets: [198.51.100.0/24]}, destination: {ports: [5432]}}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: other, namespace: shop}
`
const files = { 'c.yaml': cluster }
const ask = (...flags: string[]) => margay(['query', '-f', 'c.yaml', ...flags], { files })

describe('one question by flags', () => {
  test('prints Allow, exit code 0', async () => {
    expect(await ask('--from', 'shop/web', '--to', 'shop/db', '--port', '5432')).toEqual({
      exitCode: 0,
      out: 'Allow\n',
      err: '',
    })
  })

  test('prints Deny and why, exit code 1', async () => {
    const { exitCode, out } = await ask('--from', 'shop/web', '--to', 'shop/db', '--port', '80')
    expect(exitCode).toBe(1)
    expect(out).toBe('Deny\n  Ingress of shop/db: tier default, np:shop/db end of tier: Deny\n')
  })

  test('--explain tells every stage of both sides', async () => {
    const { out } = await ask('--from', 'shop/web', '--to', 'shop/db', '--port', '5432', '--explain')
    expect(out.split('\n')).toEqual([
      'Allow',
      '  Egress of shop/web: profile kns.shop: Allow',
      '  Ingress of shop/db: tier default, np:shop/db rule 0: Allow',
      '',
    ])
  })

  test.each([
    ['an address outside', ['--from', '198.51.100.7', '--to', 'shop/db', '--port', '5432'], 0],
    ['another address', ['--from', '203.0.113.1', '--to', 'shop/db', '--port', '5432'], 1],
    ['the address of a pod', ['--from', '10.0.0.1', '--to', 'shop/db', '--port', '5432'], 0],
    ['its other address', ['--from', 'fd00::1', '--to', 'shop/db', '--port', '5432'], 0],
    ['a CronJob', ['--from', 'ops/backup', '--to', 'shop/db', '--port', '5432'], 1],
    ['UDP, in any case', ['--from', 'shop/web', '--to', 'shop/db', '--port', '5432', '--protocol', 'udp'], 1],
    ['a ping', ['--from', 'shop/db', '--to', 'shop/web', '--protocol', 'icmp'], 0],
    ['a protocol by number', ['--from', 'shop/web', '--to', 'shop/db', '--protocol', '47'], 1],
  ])('%s', async (_name, flags, exitCode) => {
    expect(await ask(...flags)).toMatchObject({ exitCode })
  })

  test('-o json and yaml', async () => {
    expect((await ask('--from', 'shop/web', '--to', 'shop/db', '--port', '80', '-o', 'json')).out).toBe(
      '{\n  "verdict": "Deny"\n}\n',
    )
    expect((await ask('--from', 'shop/web', '--to', 'shop/db', '--port', '80', '-o', 'yaml')).out).toBe(
      'verdict: Deny\n',
    )
  })
})

describe('many questions', () => {
  const queries = [
    { id: 'a', from: 'shop/web', to: 'shop/db', protocol: 'TCP', port: 5432 },
    { id: 2, from: 'ops/backup', to: 'shop/db', port: 5432 },
  ]
  const askMany = (...flags: string[]) =>
    margay(['query', '-f', 'c.yaml', '--queries', '-', ...flags], { files, stdin: JSON.stringify(queries) })

  test('answers in their order; Deny is no failure', async () => {
    const { exitCode, out } = await askMany('-o', 'json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toEqual([
      { id: 'a', verdict: 'Allow' },
      { id: '2', verdict: 'Deny' },
    ])
  })

  test('as a table, and with reasons when it is wide', async () => {
    const table = (await askMany()).out.split('\n')
    expect(table[0]).toMatch(/^ID +FROM +TO +PROTOCOL +PORT +VERDICT$/)
    expect(table[1]).toMatch(/^a +shop\/web +shop\/db +TCP +5432 +Allow$/)
    expect((await askMany('-o', 'wide')).out).toContain('np:shop/db end of tier: Deny')
  })
})

test.each([
  ['AdminNetworkPolicy', 'a', 'priority: 1, subject: {namespaces: {}}', 'tier adminnetworkpolicy, kanp:a'],
  [
    'BaselineAdminNetworkPolicy',
    'default',
    'subject: {namespaces: {}}',
    'tier baselineadminnetworkpolicy, kbanp:default',
  ],
])('an %s decides, and is named', async (kind, name, spec, decisive) => {
  const policy = `apiVersion: policy.networking.k8s.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n`
  const { exitCode, out, err } = await margay(
    ['query', '-f', 'p.yaml', '-f', 'c.yaml', '--from', 'shop/web', '--to', 'ops/backup', '--port', '1'],
    { files: { ...files, 'p.yaml': policy } },
  )
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: '' })
  expect(out).toBe(`Deny\n  Ingress of ops/backup: ${decisive} rule 0: Deny\n`)
})

describe('what is not asked right', () => {
  test.each([
    ['no peers', [], 'give --queries FILE, or --from and --to'],
    [
      'queries and flags',
      ['--queries', 'q', '--from', 'a/b'],
      '--queries goes without --from, --to, --protocol and --port',
    ],
    [
      'a peer that is not there',
      ['--from', 'shop/nobody', '--to', 'shop/db', '--port', '1'],
      'no pod, workload or address is called "shop/nobody"',
    ],
    [
      'a port for ICMP',
      ['--from', 'shop/web', '--to', 'shop/db', '--protocol', 'ICMP', '--port', '1'],
      'a port has no meaning for this protocol',
    ],
    ['no port for TCP', ['--from', 'shop/web', '--to', 'shop/db'], 'port must be a number from 0 to 65535'],
    [
      'no common family',
      ['--from', '10.0.0.1', '--to', 'fd00::9', '--port', '1'],
      'have no address of the same IP version',
    ],
  ])('%s', async (_name, flags, message) => {
    const { exitCode, err } = await ask(...flags)
    expect(exitCode).toBe(2)
    expect(err).toContain(message)
  })

  test('a policy of a kind that is not known is not passed over in silence', async () => {
    const policy =
      'apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\n'
    const { exitCode, err } = await margay(
      ['query', '-f', 'p.yaml', '-f', 'c.yaml', '--from', 'shop/web', '--to', 'shop/db', '--port', '1'],
      {
        files: { ...files, 'p.yaml': policy },
      },
    )
    expect(exitCode).toBe(1)
    expect(err).toBe(
      'warning: p.yaml:1: NetworkPolicy shop/a: is ignored: crd.projectcalico.org/v1 NetworkPolicy is not known\n',
    )
  })

  test("an error in a workload's pod names the place in the workload", async () => {
    const job =
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: shop}\nspec:\n  template:\n    spec:\n      nodeName: No_Good\n'
    const { err } = await margay(
      ['query', '-f', 'j.yaml', '--from', 'shop/j', '--to', '10.0.0.1', '--port', '1'],
      { files: { 'j.yaml': job } },
    )
    expect(err).toMatch(/^error: j\.yaml:7: Job shop\/j: spec\.template\.spec\.nodeName: /)
  })
})

test('a manifest without its namespace is in a namespace all the same, which only has its name', async () => {
  const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}]}]
`
  const { exitCode } = await margay(
    ['query', '-f', 'c.yaml', '-f', 'p.yaml', '--from', 'ops/backup', '--to', 'shop/web', '--port', '1'],
    {
      files: { ...files, 'p.yaml': policy },
    },
  )
  expect(exitCode).toBe(0)
})
