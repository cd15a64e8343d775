/** get, apply and delete, against the real server in this process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../run.ts'
import { type FakeOptions, fakeIo, margay, type Outcome } from '../testing/fake-io.ts'

let directory: string
let server: RunningServer
let kubeconfig: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-cli-'))
  const printError = (line: string) => expect.unreachable(line)
  server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError })
  kubeconfig = readFileSync(server.kubeconfigPath, 'utf8')
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

const call = (args: readonly string[], { files = {}, ...options }: FakeOptions = {}): Promise<Outcome> =>
  margay(args, { files: { ...files, '/kc': kubeconfig }, env: { MARGAY_KUBECONFIG: '/kc' }, ...options })
const apply = (text: string, ...flags: string[]) => call(['apply', '-f', '-', ...flags], { stdin: text })

const tier = (name: string, order: number | string) =>
  `apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: ${name}}\nspec: {order: ${order}}\n`
const policy = (name: string, spec = '{}', namespace = 'default') =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: ${namespace}, labels: {app: web}}\nspec: ${spec}\n`

describe('apply', () => {
  test('creates, changes, and says when there was nothing to change', async () => {
    expect(await apply(tier('one', 1))).toEqual({
      exitCode: 0,
      out: 'tier.projectcalico.org/one created\n',
      err: '',
    })
    expect((await apply(tier('one', 1))).out).toBe('tier.projectcalico.org/one unchanged\n')
    expect((await apply(tier('one', 2))).out).toBe('tier.projectcalico.org/one configured\n')
  })

  test('writes what others refer to first, whatever the order in the file', async () => {
    const text = [
      policy('in-new-tier', '{tier: later}', 'later'),
      tier('later', 7),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: later}\n',
    ].join('---\n')
    const { exitCode, out } = await apply(text)
    expect(exitCode).toBe(0)
    expect(out.split('\n')).toEqual([
      'namespace/later created',
      'tier.projectcalico.org/later created',
      'networkpolicy.projectcalico.org/in-new-tier created',
      '',
    ])
  })

  test('an Installation without a name is the one that there is, as often as it is applied', async () => {
    const manifest = (wireguard: string) =>
      `apiVersion: operator.tigera.io/v1\nkind: Installation\nspec: {calicoNetwork: {wireguard: ${wireguard}}}\n`
    const name = 'installation.operator.tigera.io/default'
    expect(await apply(manifest('Enabled'))).toEqual({ exitCode: 0, out: `${name} created\n`, err: '' })
    expect((await apply(manifest('Enabled'))).out).toBe(`${name} unchanged\n`)
    expect((await apply(manifest('Disabled'))).out).toBe(`${name} configured\n`)
    expect((await call(['get', 'installations'])).out).toMatch(/^NAME +WIREGUARD +AGE\ndefault +Disabled /)
    const removed = await call(['delete', '-f', '-'], { stdin: manifest('Enabled') })
    expect(removed).toMatchObject({ exitCode: 0, out: expect.stringContaining(name) })
  })

  test('tells what the server warns of', async () => {
    const spec =
      '{priority: 1, subject: {namespaces: {matchExpressions: [{key: a, operator: In, values: [b]}, {key: a, operator: DoesNotExist}]}}}'
    const { exitCode, out, err } = await apply(
      `apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec: ${spec}\n`,
    )
    expect(exitCode).toBe(0)
    expect(out).toBe('adminnetworkpolicy.policy.networking.k8s.io/a created\n')
    expect(err).toMatch(/^warning: spec\.subject\.namespaces contradicts itself .*\n$/)
  })

  test('writes nothing when one of many is wrong, and tells all that is', async () => {
    const { exitCode, err } = await apply(
      [tier('fine', 1), tier('wrong', 'x'), tier('Wrong', 1)].join('---\n'),
    )
    expect(exitCode).toBe(1)
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^error: standard input:9: Tier wrong: spec\.order: /),
      expect.stringMatching(/^error: standard input:13: Tier Wrong: metadata\.name: /),
      '',
    ])
    expect((await call(['get', 'tier', 'fine'])).exitCode).toBe(1)
  })

  test.each([
    ['client', 'tier.projectcalico.org/dry valid (client dry run)\n'],
    ['server', 'tier.projectcalico.org/dry created (server dry run)\n'],
  ])('--dry-run %s stores nothing', async (where, out) => {
    expect((await apply(tier('dry', 1), '--dry-run', where)).out).toBe(out)
    expect((await call(['get', 'tier', 'dry'])).exitCode).toBe(1)
  })

  test('-n puts objects that name no namespace into one, and refuses those of another', async () => {
    await apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n')
    const set =
      'apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: {name: placed}\nspec: {nets: []}\n'
    await apply(set, '-n', 'other')
    expect((await call(['get', 'networkset', 'placed', '-n', 'other', '-o', 'name'])).out).toBe(
      'networkset.projectcalico.org/placed\n',
    )
    const refused = await apply(policy('a'), '-n', 'other')
    expect(refused).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('metadata.namespace: is "default", but --namespace asks for "other"'),
    })
  })

  test('-o json, yaml and name show what is stored', async () => {
    const { out } = await apply(tier('shown', 3), '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({ kind: 'Tier', spec: { order: 3, defaultAction: 'Deny' } })
    expect(out).not.toContain('managedFields')
    expect((await apply(tier('shown', 3), '-o', 'name')).out).toBe('tier.projectcalico.org/shown\n')
  })
})

describe('get', () => {
  beforeAll(async () => {
    await apply(
      [
        policy('web', "{order: 5, selector: app == 'web'}"),
        policy('api'),
        'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: default}\nspec: {podSelector: {}}\n',
      ].join('---\n'),
    )
  })

  test('a table, as wide as it must be', async () => {
    const { out } = await call(['get', 'tiers'])
    expect(out).toMatch(/^NAME +ORDER +DEFAULT ACTION +AGE\n/)
    expect(out).toMatch(/^default +1000000 +Deny +\d+s?/m)
  })

  test('of a word that means several kinds, all', async () => {
    const { out } = await call(['get', 'networkpolicies', '-A'])
    expect(out).toMatch(/^default +networkpolicy\.projectcalico\.org\/web/m)
    expect(out).toMatch(/^default +networkpolicy\.networking\.k8s\.io\/web/m)
  })

  test('one by name, as TYPE/NAME, as YAML', async () => {
    const { out } = await call(['get', 'networkpolicies.projectcalico.org/web', '-o', 'yaml'])
    expect(out).toContain("  selector: app == 'web'\n")
  })

  test('by label', async () => {
    expect(
      (await call(['get', 'caliconetworkpolicy', '-l', 'app=web', '-o', 'name'])).out.trim().split('\n'),
    ).toHaveLength(2)
    expect((await call(['get', 'caliconetworkpolicy', '-l', 'app=db'])).err).toBe(
      'no objects found in namespace default\n',
    )
  })

  test('what is not there is an error', async () => {
    expect(await call(['get', 'tier', 'nope'])).toEqual({
      exitCode: 1,
      out: '',
      err: 'error: tiers.projectcalico.org "nope" not found\n',
    })
  })

  test.each([
    [['get', 'gadgets'], 'there is no kind "gadgets"; there is namespaces'],
    [['get', 'tier', 'a', '-A'], 'by name from all namespaces'],
    [['get', 'tier', 'a', '-l', 'b=c'], 'give names or a selector, not both'],
    [['get', 'tier', '--output-watch-events'], '--output-watch-events needs --watch'],
    [['get', 'tier/a', 'b'], '"b" is not TYPE/NAME'],
  ])('%j is refused', async (args, message) => {
    expect(await call(args)).toMatchObject({ exitCode: 2, err: expect.stringContaining(message) })
  })

  test('-w goes on with every change until Ctrl-C', async () => {
    const stop = new AbortController()
    const out: string[] = []
    const options = { files: { '/kc': kubeconfig }, env: { MARGAY_KUBECONFIG: '/kc' }, signal: stop.signal }
    const args = ['get', 'tiers', '-w', '-o', 'name', '--output-watch-events']
    const watching = run(args, fakeIo(options, out, []))
    const isPrinted = (line: string) => expect.poll(() => out.join('')).toContain(line)
    await isPrinted('ADDED tier.projectcalico.org/default\n')
    await apply(tier('watched', 1))
    await isPrinted('ADDED tier.projectcalico.org/watched\n')
    stop.abort()
    expect(await watching).toBe(0)
  })
})

describe('delete', () => {
  test('by name, and only once', async () => {
    await apply(tier('gone', 1))
    expect((await call(['delete', 'tier', 'gone', '--dry-run', 'server'])).exitCode).toBe(0)
    expect(await call(['delete', 'tier', 'gone'])).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('tier.projectcalico.org/gone'),
    })
    expect((await call(['delete', 'tier', 'gone'])).exitCode).toBe(1)
    expect((await call(['delete', 'tier', 'gone', '--ignore-not-found'])).exitCode).toBe(0)
  })

  test('as manifests name them, in the order opposite to apply', async () => {
    const text = [tier('t', 1), policy('p', '{tier: t}')].join('---\n')
    await apply(text)
    const { exitCode, out } = await call(['delete', '-f', '-'], { stdin: text })
    expect(exitCode).toBe(0)
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'networkpolicy.projectcalico.org/p',
      'tier.projectcalico.org/t',
      '',
    ])
  })

  test('what the server forbids is told, and the rest goes on', async () => {
    await apply(tier('last', 1))
    const { exitCode, err } = await call(['delete', 'tier/default', 'tier/last'])
    expect(exitCode).toBe(1)
    expect(err).toContain('a built-in tier can not be deleted')
    expect((await call(['get', 'tier', 'last'])).exitCode).toBe(1)
  })
})
