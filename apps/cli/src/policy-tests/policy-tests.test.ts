import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'
// The command loads these when it needs them, which would count as time of the first test.
import './read-suites.ts'
import './run-suites.ts'
import './format-report.ts'

const cluster = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  ingress:
    - {action: Log}
    - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}
    - {action: Deny, protocol: UDP}
`
const staged = `
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: db, namespace: shop}
spec: {stagedAction: Delete}
`
const head = 'manifests: ../cluster.yaml\ntests:\n'
const good =
  '  - {name: Web reads, from: shop/web, to: shop/db, port: 5432/tcp, expect: Allow, by: np:shop/db rule 1}\n'
const bad =
  '  - name: All are kept out\n    from: [shop/web, 192.0.2.1]\n    to: shop/db\n    port: [5432, 80/tcp]\n    expect: Deny\n'

/** Runs `margay test` on a file in a directory beside the manifests. */
function check(text: string, flags: readonly string[] = [], more: Readonly<Record<string, string>> = {}) {
  const files = { 'cluster.yaml': cluster, 't/a.test.yaml': text, ...more }
  return margay(['test', 't/a.test.yaml', ...flags], { files })
}

describe('HTTP requests', () => {
  const api = `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  ingress:
    - {action: Allow, protocol: TCP, http: {methods: [GET]}}
    - {action: Allow, protocol: TCP, http: {headers: [{header: x-team, operator: In, values: [a]}]}}
`
  const suite = (test: string) =>
    `manifests: [../cluster.yaml, ../api.yaml]\ntests:\n  - {name: a, ${test}}\n`
  const ask = (test: string, ...flags: string[]) => check(suite(test), flags, { 'api.yaml': api })
  const toWeb = 'from: shop/db, to: shop/web, port: 80'

  test('one, or each of a list, is judged as a rule with http judges it', async () => {
    expect((await ask(`${toWeb}, http: GET /a, expect: Allow`)).exitCode).toBe(0)
    expect((await ask(`${toWeb}, http: [PUT /a, POST /], expect: Deny`)).out).toContain(
      '2 connections: all hold',
    )
  })

  test('a failure names it', async () => {
    const { exitCode, out } = await ask(`${toWeb}, http: [GET /, PUT /a], expect: Allow`)
    expect(exitCode).toBe(1)
    expect(out).toContain('shop/db → shop/web TCP 80 PUT /a: expected Allow, got Deny\n')
    const { out: json } = await ask(`${toWeb}, http: PUT /a, expect: Allow`, '-o', 'json')
    expect(JSON.parse(json).tests[0].connections[0].http).toEqual({ method: 'PUT', path: '/a' })
  })

  test('headers are those of each', async () => {
    const [team, other] = ['headers: {X-Team: a}', 'headers: {X-Team: b}']
    expect((await ask(`${toWeb}, http: [PUT /a, POST /], ${team}, expect: Allow`)).exitCode).toBe(0)
    const { out } = await ask(`${toWeb}, http: PUT /a, ${other}, expect: Allow`, '-o', 'json')
    expect(JSON.parse(out).tests[0].connections[0]).toMatchObject({
      http: { method: 'PUT', path: '/a', headers: { 'x-team': 'b' } },
      verdict: 'Deny',
    })
  })

  test.each([
    [`${toWeb}, headers: {x-team: a}`, 'tests[0].headers: headers are those of a request'],
    [`${toWeb}, http: GET /, headers: {x-team: 1}`, 'tests[0].headers.x-team'],
    [`${toWeb}, http: /a`, 'tests[0].http[0]: must be a method and a path'],
    ['from: shop/db, to: shop/web, port: 80/udp, http: GET /a', 'tests[0].http[0]: HTTP runs over TCP'],
  ])('%s is refused', async (test, message) => {
    const { exitCode, err } = await ask(`${test}, expect: Allow`)
    expect([exitCode, err]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('tests that hold and tests that do not', () => {
  test('all hold: a line for each, exit code 0', async () => {
    expect(await check(head + good)).toEqual({
      exitCode: 0,
      out: 'ok   Web reads t/a.test.yaml:3\n1 test, 1 connection: all hold\n',
      err: '',
    })
  })

  test('one does not: which connection, what was expected, and what decided; exit code 1', async () => {
    const { exitCode, out } = await check(head + good + bad)
    expect(exitCode).toBe(1)
    expect(out.split('\n')).toEqual([
      'ok   Web reads t/a.test.yaml:3',
      'FAIL All are kept out t/a.test.yaml:4',
      '     shop/web → shop/db TCP 5432: expected Deny, got Allow',
      '       Egress of shop/web: profile kns.shop: Allow',
      '       Ingress of shop/db: tier default, np:shop/db rule 1: Allow',
      '2 tests, 5 connections: 1 failed',
      '',
    ])
  })

  test.each([
    ['the policy', 'np:shop/db', 0],
    ['its rule', 'np:shop/db rule 1', 0],
    ['the profile of the other side', 'profile kns.shop', 0],
    ['another rule', 'np:shop/db rule 2', 1],
    ['the end of its tier', 'np:shop/db end of tier', 1],
    ['another policy', 'gnp:db', 1],
  ])('by: %s', async (_name, by, exitCode) => {
    const it = `${head}  - {name: a, from: shop/web, to: shop/db, port: 5432, expect: Allow, by: '${by}'}\n`
    const { exitCode: got, out } = await check(it)
    expect(got).toBe(exitCode)
    if (exitCode === 1)
      expect(out).toContain(
        `expected to be decided by ${by}, but was by profile kns.shop: Allow and tier default, np:shop/db rule 1: Allow`,
      )
  })

  test('what is denied is decided by the side that denied alone', async () => {
    const it = (by: string) =>
      `${head}  - {name: a, from: shop/web, to: shop/db, port: 53/udp, expect: Deny, by: '${by}'}\n`
    expect(await check(it('np:shop/db rule 2'))).toMatchObject({ exitCode: 0 })
    expect(await check(it('profile kns.shop'))).toMatchObject({ exitCode: 1 })
  })

  test('a protocol without ports; a pod to itself is judged by no policy', async () => {
    const it = `${head}  - {name: a, from: [shop/web, shop/db], to: shop/db, protocol: icmp, expect: Deny}\n`
    const { exitCode, out } = await check(it)
    expect(exitCode).toBe(1)
    expect(out).toContain('shop/db → shop/db ICMP: expected Deny, got Allow\n       no policy is asked\n')
    expect(out).not.toContain('shop/web →')
  })

  test('--staged judges as if staged policies were enforced', async () => {
    const it = `${head}  - {name: a, from: 192.0.2.1, to: shop/db, port: 1, expect: Allow}\n`
    const flags = ['-f', 'staged.yaml']
    expect(await check(it, flags, { 'staged.yaml': staged })).toMatchObject({ exitCode: 1 })
    expect(await check(it, [...flags, '--staged'], { 'staged.yaml': staged })).toMatchObject({ exitCode: 0 })
  })
})

describe('where tests and manifests come from', () => {
  const own = '  - {name: Own, from: lab/a, to: shop/db, port: 5432, expect: Deny}\n'
  const state = 'state:\n  - {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: lab}}\n'

  test('objects in the document, for it alone', async () => {
    expect(await check(state + head + own)).toMatchObject({ exitCode: 0 })
    const { exitCode, err } = await check(`${state}${head}${own}---\n${head}${own}`)
    expect(exitCode).toBe(2)
    expect(err).toContain(
      'error: t/a.test.yaml:9: Own: no pod, workload or address is called "lab/a"; expected',
    )
  })

  test('manifests of -f besides, and each file once however it is named', async () => {
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: lab}\n'
    const flags = ['-f', 'pods', '-f', './t/../cluster.yaml']
    expect(await check(head + own, flags, { 'pods/a.yaml': pod })).toMatchObject({ exitCode: 0 })
  })

  test('-f before the tests takes one path only', async () => {
    const files = { 'cluster.yaml': cluster, 'a.yaml': `tests:\n${good}` }
    expect(await margay(['test', '-f', 'cluster.yaml', 'a.yaml'], { files })).toMatchObject({ exitCode: 0 })
  })

  test('of a directory, what is called *.test.yaml; and that is no manifest there', async () => {
    const files = { 'd/cluster.yaml': cluster, 'd/sub/a.test.yaml': `manifests: ..\ntests:\n${good}` }
    const { exitCode, out, err } = await margay(['test', 'd'], { files })
    expect([exitCode, err]).toEqual([0, ''])
    expect(out).toContain('d/sub/a.test.yaml:3')
    expect(await margay(['test', 'e'], { files: { 'e/cluster.yaml': cluster } })).toMatchObject({
      exitCode: 2,
      err: 'error: there is no file of tests (*.test.yaml, *.test.yml, *.test.json) in e\n',
    })
  })

  test('standard input', async () => {
    const files = { 'cluster.yaml': cluster }
    const stdin = `manifests: cluster.yaml\ntests:\n${good}`
    expect(await margay(['test', '-'], { files, stdin })).toMatchObject({ exitCode: 0 })
    expect(await margay(['test', '-', '-f', '-'], { files, stdin })).toMatchObject({ exitCode: 2 })
  })

  test('what is odd in manifests that several documents share is said once', async () => {
    const odd = 'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: shop}\n'
    const { err } = await check(`${head}${good}---\n${head}${good}`, ['-f', 'odd.yaml'], { 'odd.yaml': odd })
    expect(err.match(/^warning: /gm)).toHaveLength(1)
  })
})

test('--filter keeps what has the text in its name; nothing left is an error', async () => {
  const { exitCode, out } = await check(head + good + bad, ['--filter', 'WEB'])
  expect([exitCode, out]).toEqual([0, 'ok   Web reads t/a.test.yaml:3\n1 test, 1 connection: all hold\n'])
  expect(await check(head + good, ['--filter', 'nope'])).toMatchObject({
    exitCode: 2,
    err: 'error: --filter: no test has "nope" in its name\n',
  })
})

test('--coverage tells rules that never decided; Log rules are not counted', async () => {
  const { out } = await check(head + good, ['--coverage'])
  expect(out).toContain(
    '\n1 of 2 rules decided a connection; these never did:\n  tier default, np:shop/db ingress rule 2\n\n',
  )
  const udp = '  - {name: b, from: shop/web, to: shop/db, port: 53/udp, expect: Deny}\n'
  const other = await check(`${head}${good}---\n${head}${udp}`, ['--coverage', '-o', 'json'])
  expect(JSON.parse(other.out).coverage).toEqual({ rules: 2, neverDecided: [] })
})

describe('for scripts and pipelines', () => {
  test('-o json', async () => {
    const { exitCode, out } = await check(head + good + bad, ['-o', 'json'])
    expect(exitCode).toBe(1)
    const report = JSON.parse(out)
    expect(report).toMatchObject({ passed: 1, failed: 1 })
    expect(report.tests[0]).toEqual({
      name: 'Web reads',
      file: 't/a.test.yaml',
      line: 3,
      passed: true,
      expect: 'Allow',
      by: 'np:shop/db rule 1',
      connections: [
        {
          from: 'shop/web',
          to: 'shop/db',
          protocol: 'TCP',
          port: 5432,
          verdict: 'Allow',
          passed: true,
          trace: [
            'Egress of shop/web: profile kns.shop: Allow',
            'Ingress of shop/db: tier default, np:shop/db rule 1: Allow',
          ],
        },
      ],
    })
    expect(report.tests[1].connections.map((it: { passed: boolean }) => it.passed)).toEqual([
      false,
      true,
      true,
      true,
    ])
  })

  test('-o junit', async () => {
    const odd =
      '  - {name: "<a> & \\"b\\" \\u0001\\n", from: 192.0.2.1, to: shop/db, port: 1, expect: Deny}\n'
    const { exitCode, out } = await check(head + good + bad + odd, ['-o', 'junit'])
    expect(exitCode).toBe(1)
    expect(out).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="margay test" tests="3" failures="1" errors="0" skipped="0">
  <testsuite name="t/a.test.yaml" tests="3" failures="1" errors="0" skipped="0">
    <testcase name="Web reads" classname="t/a.test.yaml" file="t/a.test.yaml" line="3"/>
    <testcase name="All are kept out" classname="t/a.test.yaml" file="t/a.test.yaml" line="4">
      <failure message="shop/web → shop/db TCP 5432: expected Deny, got Allow" type="Verdict">t/a.test.yaml:4
shop/web → shop/db TCP 5432: expected Deny, got Allow
  Egress of shop/web: profile kns.shop: Allow
  Ingress of shop/db: tier default, np:shop/db rule 1: Allow</failure>
    </testcase>
    <testcase name="&lt;a&gt; &amp; &quot;b&quot; \uFFFD&#10;" classname="t/a.test.yaml" file="t/a.test.yaml" line="9"/>
  </testsuite>
</testsuites>
`)
  })

  test('on a terminal, in colours; a name can not steer it', async () => {
    const files = {
      'cluster.yaml': cluster,
      'a.yaml': `manifests: cluster.yaml\ntests:\n${bad.replace('All', '"\\e[2JAll').replace('out', 'out"')}`,
    }
    const { out } = await margay(['test', 'a.yaml'], { files, isTerminal: true })
    expect(out).toContain('\u001b[31mFAIL\u001b[39m \\u001b[2JAll')
  })
})

describe('what is wrong in a file of tests is told at its place, all at once', () => {
  const one = (fields: string) => `${head}  - {name: a, from: shop/web, to: shop/db, ${fields}}\n`

  test.each([
    [
      'an unknown field',
      one('port: 1, expect: Allow, prot: TCP'),
      '3: tests[0].prot: unknown field "prot"; name, from, to, port, protocol, http, headers, toNames, expect or by is allowed here',
    ],
    [
      'an unknown field of the document',
      `${head}${good}test: []\n`,
      '4: test: unknown field "test"; manifests, state or tests is allowed here',
    ],
    ['no verdict', one('port: 1'), '3: tests[0].expect: is required: Allow or Deny'],
    [
      'another verdict',
      one('port: 1, expect: allow'),
      '3: tests[0].expect: must be Allow or Deny, but is "allow"',
    ],
    [
      'no port',
      one('expect: Allow'),
      '3: tests[0].port: is required, such as 443/tcp; only protocols such as ICMP have none',
    ],
    [
      'a name as a port',
      one('port: http, expect: Allow'),
      '3: tests[0].port[0]: must be a port and a protocol such as 443/tcp or 53/udp, but is "http"',
    ],
    [
      'a port that is too large',
      one('port: [1, 65536], expect: Allow'),
      '3: tests[0].port[1]: port must be a number from 0 to 65535',
    ],
    [
      'a protocol that is none',
      one('port: 1/tpc, expect: Allow'),
      '3: tests[0].port[0]: protocol must be TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite or a number from 0 to 255',
    ],
    [
      'two protocols',
      one('port: 1/udp, protocol: TCP, expect: Allow'),
      '3: tests[0].port[0]: names another protocol than protocol does; name it once',
    ],
    [
      'a port of ICMP',
      one('port: 1, protocol: ICMP, expect: Allow'),
      '3: tests[0].port[0]: a port has no meaning for this protocol',
    ],
    [
      'a strange policy',
      one('port: 1, expect: Allow, by: shop/db'),
      '3: tests[0].by: must be a policy or profile such as np:shop/db, ',
    ],
    ['no tests', 'tests: []\n', '1: tests: must have at least 1 item'],
    ['no list of tests', 'tests: {name: a}\n', '1: tests: must be a list, but is an object'],
    ['a test that is a text', `${head}  - a\n`, '3: tests[0]: must be an object, but is "a"'],
    ['a list', '- a\n', '1: must be an object, but is a list'],
    [
      'standard input as manifests',
      `manifests: ['-']\ntests:\n${good}`,
      '1: manifests[0]: must be a file or a directory, not -',
    ],
    [
      'an object that is wrong',
      `state:\n  - {apiVersion: v1, kind: Pod,\n     metadata: {name: A_, namespace: a}}\n${head}${good}`,
      '3: Pod a/A_: metadata.name: ',
    ],
    ['no YAML', 'tests: [\n', ''],
  ])('%s', async (_name, text, message) => {
    const { exitCode, err } = await check(text)
    expect(exitCode).toBe(2)
    expect(err).toContain(`error: t/a.test.yaml:${message}`)
  })

  test('several errors are several lines', async () => {
    const { err } = await check(
      `${one('expect: Allow')}  - {name: b, from: a, to: b, port: x, expect: Deny}\n---\ntests: 1\n`,
    )
    expect(err.match(/^error: t\/a\.test\.yaml:\d+: /gm)).toHaveLength(3)
  })

  test('manifests that are not there', async () => {
    expect(await check(`manifests: nowhere.yaml\ntests:\n${good}`)).toMatchObject({
      exitCode: 2,
      err: 'error: cannot read t/nowhere.yaml: no such file or directory\n',
    })
  })

  test('--coverage has no place in JUnit XML', async () => {
    expect(await check(head + good, ['--coverage', '-o', 'junit'])).toMatchObject({ exitCode: 2 })
  })
})

test('the tests of the examples hold, and every rule of them decides something', async () => {
  const examples = join(import.meta.dirname, '../../../../examples')
  const names = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  )
  const files = Object.fromEntries(
    names.map((name) => [`examples/${name}`, readFileSync(join(examples, name), 'utf8')]),
  )
  const { exitCode, out } = await margay(['test', 'examples/tests', '--coverage'], { files })
  expect(out).toContain('13 of 13 rules decided a connection\n')
  expect(exitCode).toBe(0)
})
