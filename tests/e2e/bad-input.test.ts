/**
 * Whatever is wrong, a person reads one line that says what, where, and what is allowed; a script gets the exit code that
 * `margay --help` promises; and nothing of a bad write is stored. Against the real command and a real server. Needs root.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findKubectl, Kubectl } from '../../apps/server/src/testing/kubectl.ts'
import { type Ended, MargayProcess, margay, root, startMargay } from './support/margay.ts'

let directory: string
let server: MargayProcess
let kubectl: Kubectl
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-bad-'))
  chmodSync(directory, 0o755)
  server = startMargay(['server', '--port', '0', '--data-dir', join(directory, 'data')])
  await server.printed(/kubeconfig: /)
  kubectl = new Kubectl(findKubectl() ?? 'kubectl', kubeconfig(), directory)
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

const kubeconfig = (): string => join(directory, 'data', 'kubeconfig')

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** Each line is an error of its own, and none is a stack trace. */
function expectErrors({ exitCode, stderr }: Ended, code: number, ...patterns: readonly RegExp[]): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines).toEqual(patterns.map((pattern) => expect.stringMatching(pattern)))
  expect(stderr).not.toMatch(/^ +at /m)
  expect(exitCode).toBe(code)
}

/** As nobody, since root may do everything; with copies of its own, for a checkout may lie where nobody can go. */
function asNobody(args: readonly string[]): Promise<Ended> {
  const copies = join(directory, 'copies')
  if (!existsSync(copies)) {
    cpSync(join(root, 'apps/cli/dist'), join(copies, 'dist'), { recursive: true })
    copyFileSync(process.execPath, join(copies, 'node'))
  }
  const flags = ['--reuid=65534', '--regid=65534', '--clear-groups']
  const command = [join(copies, 'node'), join(copies, 'dist/margay.js'), ...args]
  return new MargayProcess('setpriv', [...flags, ...command], { input: '', cwd: '/' }).ended
}

const v3 = (kind: string, spec: string, metadata = 'name: bad'): string =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {${metadata}}\nspec:\n${spec}\n`

describe('a wrong field is told with the file, the line, the path and what is allowed', () => {
  test.each<[string, string, RegExp]>([
    [
      'Tier',
      v3('Tier', '  order: 5\n  defaultAction: Drop'),
      /:6: Tier bad: spec\.defaultAction: .*Deny.*Pass.*Allow.*"Drop"/,
    ],
    [
      'NetworkPolicy',
      v3('NetworkPolicy', '  ingress:\n    - action: Alow', 'name: bad, namespace: shop'),
      /:6: NetworkPolicy shop\/bad: spec\.ingress\[0\]\.action: .*Allow, Deny, Log.*Pass.*"Alow"/,
    ],
    [
      'GlobalNetworkPolicy',
      v3('GlobalNetworkPolicy', '  egress:\n    - action: Allow\n      protocol: QUIC'),
      /:7: GlobalNetworkPolicy bad: spec\.egress\[0\]\.protocol: .*TCP.*UDP.*"QUIC"/,
    ],
    [
      'a malformed selector, with its position',
      v3('GlobalNetworkPolicy', "  selector: app = 'web'"),
      /:5: GlobalNetworkPolicy bad: spec\.selector: .*(position|column|character) \d+/,
    ],
    [
      'NetworkSet',
      v3('NetworkSet', '  nets: [10.0.0.0/8, ten]', 'name: bad, namespace: shop'),
      /:5: NetworkSet shop\/bad: spec\.nets\[1\]: .*CIDR.*"ten"/,
    ],
    [
      'GlobalNetworkSet',
      v3('GlobalNetworkSet', '  nets: 10.0.0.0/8'),
      /:5: GlobalNetworkSet bad: spec\.nets: must be an array|:5: GlobalNetworkSet bad: spec\.nets: .*list/,
    ],
    [
      'a NetworkPolicy of Kubernetes',
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: bad, namespace: shop}\nspec:\n  podSelector: {}\n  ingress:\n    - ports: [{port: 99999}]\n',
      /:7: NetworkPolicy shop\/bad: spec\.ingress\[0\]\.ports\[0\]\.port: .*1.*65535.*99999/,
    ],
    [
      'ClusterNetworkPolicy',
      'apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: bad}\nspec:\n  tier: Admin\n  priority: 1001\n  subject: {namespaces: {}}\n',
      /:6: ClusterNetworkPolicy bad: spec\.priority: .*1000.*1001/,
    ],
    [
      'Namespace',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: Bad_Name}\n',
      /:3: Namespace Bad_Name: metadata\.name: .*a-z.*"Bad_Name"/,
    ],
    [
      'Pod',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: bad, namespace: shop}\nspec:\n  containers:\n    - name: main\n      ports: [{containerPort: 0}]\n',
      /:7: Pod shop\/bad: spec\.containers\[0\]\.ports\[0\]\.containerPort: .*1.*0/,
    ],
    [
      'ServiceAccount',
      'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: bad\n  namespace: shop\n  labels: {a: 5}\n',
      /:6: ServiceAccount shop\/bad: metadata\.labels\.a: must be a string.*5/,
    ],
    ['an unknown field', v3('Tier', '  oder: 5'), /:5: Tier bad: spec\.oder: .*unknown/],
    ['an unknown kind', v3('NetworkPolicies', '  order: 5'), /:\d+: .*(kind|NetworkPolicies).*NetworkPolicy/],
  ])('%s', async (name, manifest, line) => {
    const path = file(`${name.replaceAll(' ', '-')}.yaml`, manifest)
    expectErrors(
      await margay(['apply', '-f', path, '--kubeconfig', kubeconfig()]),
      1,
      new RegExp(`^error: ${path}${line.source}`),
    )
    const validated = await margay(['validate', '-f', path, '-o', 'json'])
    expect(validated.exitCode).toBe(1)
    const [result] = JSON.parse(validated.stdout)
    expect(result).toMatchObject({
      valid: false,
      errors: [{ path: expect.any(String), message: expect.any(String) }],
    })
  })

  test('everything that is wrong is told at once, one line each', async () => {
    const path = file('many.yaml', v3('Tier', '  order: x\n  defaultAction: y', 'name: A'))
    const { stderr } = await margay(['apply', '-f', path, '--kubeconfig', kubeconfig()])
    expect(stderr.trimEnd().split('\n')).toHaveLength(3)
  })
})

describe('what can not be read is told with its place', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['YAML that is none', 'apiVersion: v1\nkind: [Pod\n', /:\d+:\d+: /],
    ['a key that stands twice', 'apiVersion: v1\nkind: Pod\nkind: Pod\n', /:3:1: .*twice/],
    ['text that is not UTF-8', new Uint8Array([0x61, 0xff, 0xfe]), /UTF-8/],
  ])('%s', async (name, content, line) => {
    const path = file(`${name.replaceAll(' ', '-')}.yaml`, content)
    for (const args of [
      ['apply', '--kubeconfig', kubeconfig()],
      ['query', '--from', 'a/b', '--to', 'a/c', '--port', '1'],
      ['matrix'],
    ]) {
      const ended = await margay([...args, '-f', path])
      expectErrors(ended, 2, line)
      expect(ended.stderr).toContain(path)
    }
  })

  test('a file that is missing, a directory without manifests, and one that may not be read', async () => {
    expectErrors(
      await margay(['validate', '-f', '/nonexistent.yaml']),
      2,
      /^error: cannot read \/nonexistent\.yaml: no such file or directory$/,
    )
    mkdirSync(join(directory, 'empty'))
    expectErrors(
      await margay(['validate', '-f', join(directory, 'empty')]),
      2,
      /no manifest \(\*\.yaml, \*\.yml, \*\.json\) in .*empty/,
    )
    const secret = file('secret.yaml', 'a: b\n')
    chmodSync(secret, 0o600)
    expectErrors(
      await asNobody(['validate', '-f', secret]),
      2,
      /cannot read .*secret\.yaml: permission denied/,
    )
  })

  test('queries that make no sense', async () => {
    const path = file('ok.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}\n')
    const query = (text: string) => margay(['query', '-f', path, '--queries', '-'], { input: text })
    expectErrors(await query('{'), 2, /standard input is not JSON/)
    expectErrors(await query('{}'), 2, /must be a JSON list of \{id, from, to, protocol, port\}/)
    expectErrors(
      await query('[{"id": "1", "from": "n/a", "to": "n/b", "port": 80}]'),
      2,
      /query 1: no pod, workload or address is called "n\/b"/,
    )
    expectErrors(
      await query('[{"id": "1", "from": "n/a", "to": "10.0.0.1", "port": 99999}]'),
      2,
      /query 1: port must be a number from 0 to 65535/,
    )
    expectErrors(
      await query('[{"id": "1", "from": "n/a", "to": "10.0.0.1", "protocol": "QUIC", "port": 1}]'),
      2,
      /query 1: protocol must be TCP/,
    )
  })

  test('a malformed selector, with its position', async () => {
    expectErrors(
      await margay(['selector', '--labels', '{}', '--selector', "a == 'b"]),
      2,
      /position \d+|column \d+|character \d+/,
    )
    expectErrors(
      await margay(['selector', '--labels', '{"a": 1}', '--selector', 'all()']),
      2,
      /--labels must be a JSON object of texts/,
    )
  })

  test('an object that stands there twice', async () => {
    const path = file('twice.yaml', `${v3('Tier', '  order: 5')}---\n${v3('Tier', '  order: 6')}`)
    expectErrors(
      await margay(['apply', '-f', path, '--kubeconfig', kubeconfig()]),
      1,
      /twice\.yaml:\d+: .*tier.*bad.*(second|already).*twice\.yaml:\d+/,
    )
    expectErrors(
      await margay(['query', '-f', path, '--from', '10.0.0.1', '--to', '10.0.0.2', '--port', '1']),
      2,
      /twice\.yaml:\d+: Tier bad was already defined at .*twice\.yaml:1/,
    )
  })
})

describe('nothing of a bad write is stored', () => {
  test('margay apply writes none of three objects when one is wrong', async () => {
    const path = file(
      'three.yaml',
      [
        v3('Tier', '  order: 5', 'name: one'),
        v3('Tier', '  order: x', 'name: two'),
        v3('Tier', '  order: 7', 'name: three'),
      ].join('---\n'),
    )
    expectErrors(
      await margay(['apply', '-f', path, '--kubeconfig', kubeconfig()]),
      1,
      /:\d+: Tier two: spec\.order: must be a number/,
    )
    const tiers = await kubectl.ok(['get', 'tiers', '-o', 'name'])
    expect(tiers).not.toMatch(/\/(?:one|two|three)$/m)
  })

  test('the server refuses by itself what a client did not check, and says which field', async () => {
    const { code, stderr } = await kubectl.run(
      ['apply', '--validate=false', '-f', '-'],
      v3('Tier', '  order: 5\n  defaultAction: Drop'),
    )
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/spec\.defaultAction/)
    expect((await kubectl.run(['get', 'tier', 'bad'])).stderr).toContain('NotFound')
  })

  test('what only the server can know is told with the line', async () => {
    const path = file('no-tier.yaml', v3('GlobalNetworkPolicy', '  tier: nowhere'))
    expectErrors(
      await margay(['apply', '-f', path, '--kubeconfig', kubeconfig()]),
      1,
      /no-tier\.yaml:5: spec\.tier: .*nowhere.*there are .*default/,
    )
  })
})

describe('a machine that is not ready is told in one line, exit code 3', () => {
  let blocker: Server
  let port = 0
  beforeAll(async () => {
    blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const address = blocker.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterAll(() => new Promise((resolve) => blocker.close(resolve)))

  test('the port is taken', async () => {
    const data = join(directory, 'other')
    expectErrors(
      await margay(['server', '--port', String(port), '--data-dir', data]),
      3,
      new RegExp(`^error: .*${port}.*(in use|taken|already)`),
    )
    expectErrors(
      await margay([
        'lab',
        '--name',
        'e2e-port',
        '--topology',
        'examples/lab',
        '--port',
        String(port),
        '--once',
      ]),
      3,
      /./,
      /./,
      new RegExp(`${port}.*(in use|taken|already)`),
    )
  })

  test('the data directory is in use, or may not be written', async () => {
    expectErrors(
      await margay(['server', '--port', '0', '--data-dir', join(directory, 'data')]),
      3,
      /^error: .*(in use|locked|another)/,
    )
    expectErrors(
      await asNobody(['server', '--port', '0', '--data-dir', '/root/margay-nobody']),
      3,
      /^error: cannot write to .*permission denied|^error: cannot write to/,
    )
  })

  test('there is no kubeconfig, no server, or one with another authority', async () => {
    const env = { HOME: join(directory, 'home'), KUBECONFIG: '', MARGAY_KUBECONFIG: '' }
    expectErrors(
      await margay(['get', 'tiers'], { env }),
      2,
      /^error: there is no kubeconfig; give --kubeconfig FILE/,
    )
    const gone = file(
      'gone',
      readFileSync(kubeconfig(), 'utf8').replace(/server: .*/, 'server: https://127.0.0.1:1'),
    )
    expectErrors(
      await margay(['get', 'tiers', '--kubeconfig', gone]),
      3,
      /^error: .*127\.0\.0\.1:1.*(refused|reach)/,
    )
    const other = join(directory, 'second')
    const second = startMargay(['server', '--port', '0', '--data-dir', other])
    await second.printed(/kubeconfig: /)
    const url = /server: (.*)/.exec(readFileSync(join(other, 'kubeconfig'), 'utf8'))?.[1] ?? ''
    const mixed = file('mixed', readFileSync(kubeconfig(), 'utf8').replace(/server: .*/, `server: ${url}`))
    expectErrors(await margay(['get', 'tiers', '--kubeconfig', mixed]), 3, /^error: .*certificate/)
    await second.stop()
  })

  test('no root', async () => {
    expectErrors(await asNobody(['agent', '--node', 'n']), 3, /^error: the agent needs root/)
    expectErrors(
      await asNobody(['lab', '--topology', join(root, 'examples/lab')]),
      3,
      /^error: the lab needs root/,
    )
  })

  test('no such network namespace, and no such lab', async () => {
    expectErrors(
      await margay(['agent', '--node', 'n', '--netns', 'e2e-nowhere', '--kubeconfig', kubeconfig()]),
      3,
      /^error: .*e2e-nowhere/,
    )
    expectErrors(await margay(['matrix', '--lab', 'nosuch']), 3, /^error: .*"nosuch"/)
  })
})

describe('a command line that is wrong', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['aply'], /unknown command 'aply'[\s\S]*apply/],
    ['an unknown flag', ['get', 'tiers', '--al-namespaces'], /unknown option '--al-namespaces'/],
    ['a missing flag', ['validate'], /required option '-f, --filename <path\.\.\.>' not specified/],
    ['a wrong choice', ['validate', '-f', 'x', '-o', 'xml'], /Allowed choices are table, wide, json, yaml/],
    [
      'an unknown kind',
      ['get', 'gadgets', '--kubeconfig', '/nonexistent'],
      /there is no kind "gadgets"; there is namespaces/,
    ],
    [
      'a port that is none',
      ['server', '--port', '70000'],
      /--port: must be a whole number from 0 to 65535, but is "70000"/,
    ],
  ])('%s', async (_name, args, line) => {
    const { exitCode, stderr } = await margay(args)
    expect(stderr).toMatch(line)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(exitCode).toBe(2)
  })
})
